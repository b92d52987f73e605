# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""An agent of the user's own, tiny, upon an image that is there anyway: what an agent is given can be looked at without a
real one, and building its image costs one short boot."""

from harness import AGENTBOX_HOME

BASE = "dev+probe"
# It is no client of a model service, so there is nothing to broker: it gets its key.
RUN = ("--credentials", "direct", "probe")

PROFILE = r"""
description: Shows what an agent is given
base: dev
version: "1.0"
install:
  - echo {version} > /usr/local/share/probe-version
  - |
    cat > /usr/local/bin/probe-agent <<'END'
    #!/bin/sh
    # probe-agent [--skip] WHAT...
    [ "$1" != --skip ] || { echo "permissions: skipped"; shift; }
    case $1 in
      environment) env ;;
      fetch) curl -sS --max-time 60 "$PROBE_BASE_URL/$2" ;;
      seed) cat ~/.probe/settings.json ;;
      --version) echo "probe agent $(cat /usr/local/share/probe-version)" ;;
      *) echo "arguments: $*"; echo "key: $PROBE_API_KEY" ;;
    esac
    END
    chmod 755 /usr/local/bin/probe-agent
verify: [probe-agent, "--version"]
command: [probe-agent]
skip-permissions: [--skip]
keys:
  - name: PROBE_API_KEY
    help: any text will do
base-url-variable: PROBE_BASE_URL
default-base-url: https://probe.invalid
environment:
  PROBE_FIXED: from the profile
pass-environment: [PROBE_MODEL]
seed:
  - path: .probe/settings.json
    format: json
    content: |
      { "project": "{project}", "url": "{base_url}", "key": "{key_tail20}" }
"""


def install_profile():
    agents = AGENTBOX_HOME / "config/agents"
    agents.mkdir(parents=True, exist_ok=True)
    (agents / "probe.yaml").write_text(PROFILE, encoding="utf-8")
