# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Stands in QEMU's place and uses files as its 9p server does: one component in an open directory. Prints one line for each thing that
worked, and for the others the name of the error.

usage: name_probe.py WORKSPACE     with .git (hooks/, config, info/, modules/lib/, worktrees/w/), .env, secrets/x, sub/.git, .claude/settings.json
"""
import errno, fcntl, os, sys

TOP = sys.argv[1]


def at(path):
    """The directory of a path, open, and its last component."""
    parent, name = os.path.split(path)
    return os.open(os.path.join(TOP, parent), os.O_PATH | os.O_DIRECTORY), name


def write(path, data=b"evil"):
    directory, name = at(path)
    file = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o644, dir_fd=directory)
    os.write(file, data)
    os.close(file)
    os.close(directory)


def overwrite(path):
    directory, name = at(path)
    os.close(os.open(name, os.O_RDWR | os.O_TRUNC, dir_fd=directory))


def read(path):
    directory, name = at(path)
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=directory)
    if not os.read(file, 4096):
        raise OSError(errno.ENODATA, "")


def list_names(path):
    """As QEMU does before nearly everything: it opens the directory, and then uses what is in it."""
    directory, name = at(path)
    file = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
    if not os.listdir(file):
        raise OSError(errno.ENODATA, "")


def mkdir(path):
    directory, name = at(path)
    os.mkdir(name, dir_fd=directory)


def mkfifo(path):
    directory, name = at(path)
    os.mkfifo(name, dir_fd=directory)


def symlink(target, path):
    directory, name = at(path)
    os.symlink(target, name, dir_fd=directory)


def two(call, path, other):
    (one, name), (another, other_name) = at(path), at(other)
    call(name, other_name, src_dir_fd=one, dst_dir_fd=another)


def remove(path):
    directory, name = at(path)
    os.unlink(name, dir_fd=directory)


def link(path, other):
    two(os.link, path, other)


def rename(path, other):
    two(os.rename, path, other)


def append():
    """As QEMU opens what the guest opens for appending: the guest says where each of its pages goes."""
    directory, name = at("log")
    flags = os.O_RDWR | os.O_APPEND
    file = os.open(name, os.O_CREAT | flags | os.O_NONBLOCK, 0o644, dir_fd=directory)
    fcntl.fcntl(file, fcntl.F_SETFL, flags)
    os.pwrite(file, b"page", 0)
    os.pwrite(file, b"PAGE and more", 0)
    if os.pread(file, 100, 0) != b"PAGE and more" or fcntl.fcntl(file, fcntl.F_GETFL) & os.O_NONBLOCK:
        raise OSError(errno.ENODATA, "")


def commit():
    """What git does for one."""
    write(".git/index.lock")
    rename(".git/index.lock", ".git/index")
    mkdir(".git/objects/ab")
    write(".git/objects/ab/cd")
    write(".git/refs/heads/config")
    write(".git/info/exclude")


def add_worktree():
    mkdir(".git/worktrees/new")
    write(".git/worktrees/new/commondir")
    mkdir("new")
    write("new/.git")


def init():
    mkdir("fresh")
    mkdir("fresh/.git")
    mkdir("fresh/.git/hooks")
    write("fresh/.git/config.lock")
    rename("fresh/.git/config.lock", "fresh/.git/config")


def prepare(path):
    mkdir(path)
    write(path + "/config")
    write(path + "/settings.json")
    mkdir(path + "/hooks")


ATTEMPTS = {
    # legitimate
    "works": lambda: (write("file"), rename("file", "other"), link("other", "hard"), symlink("other", "soft"), read("hard")),
    "writes a page anew of a file that is open for appending": append,
    "commits": commit,
    "adds a worktree": add_worktree,
    "makes a repository": init,
    "reads git's config": lambda: read(".git/config"),
    "lists a directory": lambda: list_names(".git"),
    "reads an example": lambda: read(".env.example"),
    "moves a directory with a repository and secrets in it": lambda: rename("sub", "moved"),
    # git
    "writes config": lambda: write(".git/config"),
    "empties config": lambda: overwrite(".git/config"),
    "locks config": lambda: write(".git/config.lock"),
    "removes config": lambda: remove(".git/config"),
    "writes a hook": lambda: write(".git/hooks/pre-commit"),
    "makes a hook by link": lambda: symlink("../../evil", ".git/hooks/post-commit"),
    "makes a hook by hard link": lambda: (write("hook"), link("hook", ".git/hooks/post-merge")),
    "moves a hook in": lambda: (write("hook2"), rename("hook2", ".git/hooks/pre-push")),
    "moves hooks away": lambda: rename(".git/hooks", "hooks"),
    "moves .git away": lambda: rename(".git", "git"),
    "links config out": lambda: link(".git/config", "config-by-another-name"),
    "turns git elsewhere": lambda: write(".git/commondir"),
    "writes attributes": lambda: write(".git/info/attributes"),
    "moves info away": lambda: rename(".git/info", "info"),
    "makes config.worktree": lambda: write(".git/config.worktree"),
    "moves a submodule in": lambda: (prepare("lib"), rename("lib", ".git/modules/lib2")),
    "moves a submodule away": lambda: rename(".git/modules/lib", "lib-away"),
    "moves modules away": lambda: rename(".git/modules", "modules"),
    "writes a submodule's hook": lambda: write(".git/modules/lib/hooks/x"),
    "writes a submodule's config": lambda: write(".git/modules/lib/config"),
    "turns a worktree elsewhere": lambda: write(".git/worktrees/w/commondir"),
    "moves a worktree away": lambda: rename(".git/worktrees/w", "w"),
    "writes the nested repository's hook": lambda: write("moved/.git/hooks/x"),
    "writes the nested repository's config": lambda: write("moved/.git/config"),
    "turns the gitfile elsewhere": lambda: write("linked/.git"),
    # other guarded files
    "writes an agent's settings": lambda: write(".claude/settings.json"),
    "makes an agent's settings": lambda: (mkdir("deep"), mkdir("deep/.claude"), write("deep/.claude/settings.json")),
    "moves an agent's settings in": lambda: (prepare("claude"), mkdir("deep2"), rename("claude", "deep2/.claude")),
    "links an agent's settings in": lambda: (mkdir("deep3"), symlink("../claude", "deep3/.claude")),
    "moves an agent's settings away": lambda: rename(".claude", "claude-away"),
    "writes .agentboxignore": lambda: write(".agentboxignore"),
    # hidden
    "reads .env": lambda: read(".env"),
    "reads a moved .env": lambda: read("moved/.env"),
    "writes .env": lambda: write(".env"),
    "makes .env": lambda: write("new/.env"),
    "makes .env deep down": lambda: (mkdir("d1"), mkdir("d1/d2"), write("d1/d2/.env.local")),
    "makes .env by mkdir": lambda: mkdir("new/.env"),
    "makes .env by mkfifo": lambda: mkfifo("new/.env"),
    "makes .env by link": lambda: symlink("/etc/passwd", "new/.env"),
    "makes .env by rename": lambda: (write("plain"), rename("plain", "new/.env")),
    "moves .env away": lambda: rename(".env", "env"),
    "links .env": lambda: link(".env", "env2"),
    "removes .env": lambda: remove(".env"),
    "reads a hidden directory": lambda: read("secrets/x"),
    "lists a hidden directory": lambda: list_names("secrets"),
    "reads a key": lambda: read("id_rsa"),
    "reads a late secret": lambda: read("late.pem"),
}

for name, attempt in ATTEMPTS.items():
    try:
        attempt()
    except OSError as error:
        print(f"{name}: {errno.errorcode[error.errno]}", flush=True)
    else:
        print(f"{name}: yes", flush=True)
print("done", flush=True)
