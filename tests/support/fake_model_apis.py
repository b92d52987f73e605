# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What the fake model says, and how it is put on the wire: Anthropic Messages, OpenAI's Responses and Chat Completions, Gemini.

A request becomes a Turn, the Answerer makes an Answer of it, and the API that read the one writes the other: message() as one
JSON value, events() as server-sent events. All pure.
"""

import dataclasses
import json
import re
import shlex
import uuid


@dataclasses.dataclass(frozen=True)
class Tool:
    name: str
    schema: dict = dataclasses.field(default_factory=dict)
    free_text: bool = False  # OpenAI's "custom" tools take a text instead of JSON
    namespace: str = ""


@dataclasses.dataclass(frozen=True)
class Turn:
    model: str
    tools: list
    has_result: bool  # a tool has been called since its user spoke, and its result is here
    stream: bool
    schema: dict = None  # the answer must be JSON of this form


@dataclasses.dataclass(frozen=True)
class Call:
    tool: Tool
    arguments: object  # a dict, or a text for a free_text tool


@dataclasses.dataclass(frozen=True)
class Answer:
    text: str
    call: Call = None


# What agents call their tools, the likeliest first.
WRITING_TOOLS = ("Write", "write_file", "write", "create", "editor", "write_to_file", "create_new_file")
RUNNING_TOOLS = ("exec_command", "shell_command", "shell", "Bash", "bash", "run_shell_command", "run_commands", "execute_command")


class Answerer:
    """prefer: "write" or "run", for agents that have a tool for either. escalate: commands ask to be let out of the agent's sandbox,
    where it has one."""

    def __init__(self, path, content, closing, prefer="write", escalate=False):
        self.path, self.content, self.closing, self.escalate = path, content, closing, escalate
        self.names = WRITING_TOOLS + RUNNING_TOOLS if prefer == "write" else RUNNING_TOOLS + WRITING_TOOLS

    def answer(self, turn):
        if turn.schema is not None:
            return Answer(json.dumps(example_of(turn.schema)))
        if turn.has_result:
            return Answer(self.closing)
        call = self.choose_call(turn.tools)
        return Answer("I am going to write the file." if call else "ok", call)

    def choose_call(self, tools):
        """A tool that writes files, or one that runs commands; the other kind where there is none."""
        by_name = {tool.name: tool for tool in tools}
        for name in self.names:
            if name in by_name:
                return Call(by_name[name], self.fill(by_name[name].schema))
        # Codex lets its model write JavaScript in which the other tools are functions.
        if "exec" in by_name and by_name["exec"].free_text:
            # Its sandbox lets a command write here; what a person is asked about is leaving it.
            asked = {"sandbox_permissions": "require_escalated", "justification": "to write the file"}
            arguments = {"cmd": self.command, **(asked if self.escalate else {})}
            return Call(by_name["exec"], f"text(await tools.exec_command({json.dumps(arguments)}));")
        return None

    @property
    def command(self):
        return f"printf %s {shlex.quote(self.content)} > {shlex.quote(self.path)}"

    def fill(self, schema):
        """Arguments for a tool, by the names of its properties; what is required and unknown gets an example."""
        values = {**dict.fromkeys(("file_path", "filePath", "filepath", "path"), self.path),
                  **dict.fromkeys(("content", "file_text", "new_text"), self.content),
                  "cmd": self.command, "command": self.command, "commands": [self.command]}
        properties = schema.get("properties", {})
        arguments = {name: values[name] for name in properties if name in values}
        if properties.get("command", {}).get("type") == "array":
            arguments["command"] = ["bash", "-c", self.command]
        for name in schema.get("required", []):
            arguments.setdefault(name, example_of(properties.get(name, {})))
        return arguments


def example_of(schema):
    """The simplest value of a JSON schema (Gemini writes its types in capitals)."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = str(schema.get("type", "object")).lower()
    if kind == "object":
        return {name: example_of(part) for name, part in schema.get("properties", {}).items()}
    return {"string": "something", "boolean": False, "array": [], "number": 1, "integer": 1}.get(kind)


def fresh(prefix):
    return prefix + uuid.uuid4().hex


def event(data, named=True):
    name = f"event: {data['type']}\n" if named else ""
    return f"{name}data: {json.dumps(data)}\n\n"


class AnthropicMessages:
    name = "anthropic"
    paths = re.compile(r"/v1/messages$")

    def read(self, body, _path):
        last = (body.get("messages") or [{}])[-1].get("content")
        blocks = last if isinstance(last, list) else []
        return Turn(model=body.get("model"),
                    tools=[Tool(tool["name"], tool.get("input_schema", {})) for tool in body.get("tools", [])],
                    has_result=any(block.get("type") == "tool_result" for block in blocks),
                    stream=bool(body.get("stream")))

    def message(self, turn, answer):
        content = [{"type": "text", "text": answer.text}]
        if answer.call:
            content.append({"type": "tool_use", "id": fresh("toolu_"), "name": answer.call.tool.name,
                            "input": answer.call.arguments})
        return {"id": fresh("msg_"), "type": "message", "role": "assistant", "model": turn.model, "content": content,
                "stop_reason": "tool_use" if answer.call else "end_turn", "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1}}

    def events(self, turn, answer):
        message = self.message(turn, answer)
        yield event({"type": "message_start", "message": {**message, "content": [], "stop_reason": None}})
        for index, block in enumerate(message["content"]):
            if block["type"] == "text":
                empty, delta = {"text": ""}, {"type": "text_delta", "text": block["text"]}
            else:
                empty, delta = {"input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            yield event({"type": "content_block_start", "index": index, "content_block": {**block, **empty}})
            yield event({"type": "content_block_delta", "index": index, "delta": delta})
            yield event({"type": "content_block_stop", "index": index})
        yield event({"type": "message_delta", "usage": message["usage"],
                     "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None}})
        yield event({"type": "message_stop"})


class OpenAiResponses:
    name = "responses"
    paths = re.compile(r"/responses$")

    def read(self, body, _path):
        items = body["input"] if isinstance(body.get("input"), list) else []
        offered = list(body.get("tools", []))
        for item in items:  # newer clients send their tools as an item of the conversation
            if item.get("type") == "additional_tools":
                offered += item.get("tools", [])
        wanted = body.get("text", {}).get("format", {})
        return Turn(model=body.get("model"), tools=list(self._tools(offered)),
                    has_result=any(str(item.get("type")).endswith("_call_output") for item in self._since_user(items)),
                    stream=bool(body.get("stream")),
                    schema=wanted.get("schema", {}) if wanted.get("type") == "json_schema" else None)

    @staticmethod
    def _since_user(items):
        spoke = [index for index, item in enumerate(items) if item.get("role") == "user"]
        return items[spoke[-1]:] if spoke else items

    def _tools(self, offered, namespace=""):
        for tool in offered:
            if tool.get("type") == "namespace":
                yield from self._tools(tool.get("tools", []), tool["name"])
            elif "name" in tool:
                yield Tool(tool["name"], tool.get("parameters") or {}, tool["type"] == "custom", namespace)

    def _item(self, answer):
        if not answer.call:
            return {"type": "message", "id": fresh("msg_"), "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": answer.text, "annotations": []}]}
        tool = answer.call.tool
        item = {"id": fresh("call_item_"), "call_id": fresh("call_"), "name": tool.name, "status": "completed"}
        if tool.namespace:
            item["namespace"] = tool.namespace
        if tool.free_text:
            return {**item, "type": "custom_tool_call", "input": answer.call.arguments}
        return {**item, "type": "function_call", "arguments": json.dumps(answer.call.arguments)}

    def message(self, turn, answer):
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
                 "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        return {"id": fresh("resp_"), "object": "response", "created_at": 0, "status": "completed", "model": turn.model,
                "output": [self._item(answer)], "usage": usage, "error": None, "incomplete_details": None}

    def events(self, turn, answer):
        response = self.message(turn, answer)
        item = response["output"][0]
        place = {"item_id": item["id"], "output_index": 0}
        events = [{"type": "response.created", "response": {**response, "status": "in_progress", "output": [], "usage": None}},
                  {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress"}}]
        if item["type"] == "message":
            part = {**place, "content_index": 0}
            events += [{"type": "response.content_part.added", **part, "part": {**item["content"][0], "text": ""}},
                       {"type": "response.output_text.delta", **part, "delta": answer.text},
                       {"type": "response.output_text.done", **part, "text": answer.text}]
        elif item["type"] == "function_call":  # some clients put the arguments together from these
            events += [{"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]},
                       {"type": "response.function_call_arguments.done", **place, "arguments": item["arguments"]}]
        events += [{"type": "response.output_item.done", "output_index": 0, "item": item},
                   {"type": "response.completed", "response": response}]
        for number, data in enumerate(events):
            yield event({**data, "sequence_number": number})


class OpenAiChat:
    name = "chat"
    paths = re.compile(r"/chat/completions$")

    def read(self, body, _path):
        offered = [tool["function"] for tool in body.get("tools") or [] if tool.get("type") == "function"]
        wanted = body.get("response_format") or {}
        return Turn(model=body.get("model"),
                    tools=[Tool(function["name"], function.get("parameters") or {}) for function in offered],
                    has_result=(body.get("messages") or [{}])[-1].get("role") == "tool",
                    stream=bool(body.get("stream")),
                    schema=wanted.get("json_schema", {}).get("schema", {}) if wanted.get("type") == "json_schema" else None)

    def _message(self, answer):
        message = {"role": "assistant", "content": answer.text}
        if answer.call:
            message["tool_calls"] = [{"index": 0, "id": fresh("call_"), "type": "function",
                                      "function": {"name": answer.call.tool.name,
                                                   "arguments": json.dumps(answer.call.arguments)}}]
        return message

    def _envelope(self, turn, kind, choice):
        return {"id": "chatcmpl-fake", "object": kind, "created": 0, "model": turn.model, "choices": [{"index": 0, **choice}]}

    def message(self, turn, answer):
        choice = {"message": self._message(answer), "finish_reason": "tool_calls" if answer.call else "stop"}
        return {**self._envelope(turn, "chat.completion", choice), "usage": self.usage}

    def events(self, turn, answer):
        kind = "chat.completion.chunk"
        finish = "tool_calls" if answer.call else "stop"
        yield event(self._envelope(turn, kind, {"delta": self._message(answer), "finish_reason": None}), named=False)
        yield event(self._envelope(turn, kind, {"delta": {}, "finish_reason": finish}), named=False)
        yield event({**self._envelope(turn, kind, {}), "choices": [], "usage": self.usage}, named=False)
        yield "data: [DONE]\n\n"

    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


class Gemini:
    name = "gemini"
    paths = re.compile(r":(stream)?[gG]enerateContent$")

    def read(self, body, path):
        declared = [function for tool in body.get("tools", []) for function in tool.get("functionDeclarations", [])]
        parts = (body.get("contents") or [{}])[-1].get("parts", [])
        wanted = body.get("generationConfig", {})
        schema = wanted.get("responseJsonSchema") or wanted.get("responseSchema")
        return Turn(model=path,
                    tools=[Tool(function["name"], function.get("parametersJsonSchema") or function.get("parameters") or {})
                           for function in declared],
                    has_result=any("functionResponse" in part for part in parts),
                    stream=":stream" in path,
                    schema=schema or ({} if wanted.get("responseMimeType") == "application/json" else None))

    def message(self, _turn, answer):
        part = {"text": answer.text}
        if answer.call:
            part = {"functionCall": {"name": answer.call.tool.name, "args": answer.call.arguments},
                    "thoughtSignature": "c2lnbmF0dXJl"}  # newer models sign their calls; clients want it to be there
        return {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
                "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}

    def events(self, turn, answer):
        yield event(self.message(turn, answer), named=False)


class CountTokens:
    """Both services can be asked how long a prompt is."""

    name = "count"
    paths = re.compile(r"(/messages/count_tokens|:countTokens)$")

    def read(self, _body, _path):
        return Turn(model=None, tools=[], has_result=False, stream=False)

    def message(self, _turn, _answer):
        return {"input_tokens": 1, "totalTokens": 1}


APIS = (AnthropicMessages(), OpenAiResponses(), OpenAiChat(), Gemini(), CountTokens())


def api_for(path):
    return next((api for api in APIS if api.paths.search(path)), None)
