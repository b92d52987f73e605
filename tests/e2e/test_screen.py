# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What a person sees: sessions inside tmux, compared screen by screen."""

from harness import AGENTBOX, TestCase
from terminal import Tmux


class Screen(TestCase):
    def shell(self, project, **how):
        tmux = Tmux(AGENTBOX, "shell", project, **how)
        self.addCleanup(tmux.__exit__)
        tmux.wait_for(r"\$ *$")
        return tmux

    def test_a_prompt_in_the_project(self):
        project = self.project()
        tmux = self.shell(project)
        self.assertEqual(tmux.screen().count("\n"), 0, f"more than a prompt:\n{tmux.screen()}")
        self.assert_says(tmux.screen(), rf"@shell-[a-z0-9]+:.*{project.name}\$")
        tmux.type("echo visible; exit 6")
        tmux.keys("Enter")
        self.assertEqual(tmux.wait(), 6)
        self.assert_says(tmux.screen(), "^visible$")

    def test_a_full_screen_program_follows_the_window(self):
        project = self.project(poem_txt="".join(f"line {number}\n" for number in range(1, 201)))
        tmux = self.shell(project, columns=80, rows=20)
        tmux.type("echo before; less poem.txt")
        tmux.keys("Enter")
        tmux.wait_for(r"^line 19$")
        self.assertEqual(tmux.lines()[:19], [f"line {number}" for number in range(1, 20)])

        tmux.keys("Space")
        tmux.wait_for(r"^line 38$")
        tmux.resize(60, 12)
        tmux.wait_until(lambda screen: screen.count("\n") == 11 and "line 20" in screen.split("\n")[0], "is 12 lines of the poem")
        tmux.resize(100, 35)
        tmux.wait_until(lambda screen: screen.split("\n")[:34] == [f"line {number}" for number in range(20, 54)],
                        "shows 34 lines from line 20 on")

        tmux.type("q")
        tmux.wait_for(r"^before$")  # the screen from before less is back
        self.assertNotIn("line 20", tmux.screen())
        tmux.type("exit")
        tmux.keys("Enter")
        self.assertEqual(tmux.wait(), 0)

    def test_the_line_editor_knows_the_width(self):
        """With a wrong size a long line is drawn over itself at its end."""
        tmux = self.shell(self.project(), columns=60, rows=15)
        tmux.resize(50, 15)
        long_word = "x" * 70
        tmux.type(f"echo {long_word}")
        tmux.wait_until(lambda screen: screen.replace("\n", "").endswith(f"echo {long_word}"), "shows the whole line once")
        self.assertEqual(tmux.screen().count("echo"), 1)
        tmux.keys("C-u")
        tmux.wait_until(lambda screen: "xxx" not in screen, "has the line deleted")
        tmux.type("exit")
        tmux.keys("Enter")
        self.assertEqual(tmux.wait(), 0)

    def test_the_help_of_the_way_out(self):
        tmux = self.shell(self.project())
        tmux.keys("Enter")
        tmux.type("~?")
        tmux.wait_for(r"~\.")
        tmux.keys("Enter")
        tmux.type("~.")
        self.assertEqual(tmux.wait(), 129)
