# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""What programs expect of a directory, asked in the guest: python3 share_conformance.py DIRECTORY [CHECK...]

One line for each check, "ok NAME" or "not ok NAME: WHY". The list follows what POSIX says of each call and what people who keep a
project in a shared folder have been bitten by; pjdfstest was the model.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import sys
import traceback
import unicodedata

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_errno(number, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except OSError as error:
        expect(error.errno == number, f"{errno.errorcode[number]} expected, got {errno.errorcode.get(error.errno, error.errno)}")
    else:
        raise AssertionError(f"{errno.errorcode[number]} expected, and it went through")


def put(name, text="x"):
    pathlib.Path(name).write_text(text, encoding="utf-8")


def get(name):
    return pathlib.Path(name).read_text(encoding="utf-8")


@check
def rename_over_a_file():
    put("a", "new")
    put("b", "old")
    os.rename("a", "b")
    expect(get("b") == "new" and not os.path.exists("a"), "the name leads to the new file")


@check
def rename_over_a_file_that_is_open():
    put("a", "new")
    put("b", "old")
    with open("b", encoding="utf-8") as old:
        os.rename("a", "b")
        expect(old.read() == "old", "who had it open keeps the old content")
    expect(get("b") == "new", "the name leads to the new content")


@check
def rename_a_file_that_is_open():
    with open("a", "w+", encoding="utf-8") as file:
        file.write("one")
        file.flush()
        os.rename("a", "b")
        file.write("two")
    expect(get("b") == "onetwo", "writing goes on under the new name")


@check
def rename_a_directory_with_an_open_file():
    os.mkdir("d")
    with open("d/f", "w+", encoding="utf-8") as file:
        os.rename("d", "e")
        file.write("text")
    expect(get("e/f") == "text", "writing goes on in the directory's new place")


@check
def rename_of_directories():
    os.mkdir("empty")
    os.mkdir("full")
    put("full/f")
    os.mkdir("d")
    os.rename("d", "empty")
    os.mkdir("d")
    expect_errno(errno.ENOTEMPTY, os.rename, "d", "full")
    put("file")
    expect_errno(errno.ENOTDIR, os.rename, "d", "file")
    expect_errno(errno.EISDIR, os.rename, "file", "d")
    expect_errno(errno.EINVAL, os.rename, "d", "d/below")


@check
def getcwd_after_a_rename():
    os.mkdir("d")
    start = os.getcwd()
    os.chdir("d")
    try:
        os.rename(start + "/d", start + "/e")
        expect(os.getcwd() == start + "/e", f"it is {os.getcwd()}")
        put("f")
        expect(os.path.exists(start + "/e/f"), "a new file lands in the renamed directory")
    finally:
        os.chdir(start)


@check
def unlink_a_file_that_is_open():
    with open("a", "w+", encoding="utf-8") as file:
        file.write("text")
        file.flush()
        os.unlink("a")
        file.seek(0)
        expect(file.read() == "text", "it can be read on")
        file.write("more")
        file.flush()
        expect(os.fstat(file.fileno()).st_size == 8, "it can be written and looked at")


@check
def cut_a_file_that_has_no_name_any_more():
    with open("a", "w+", encoding="utf-8") as file:
        file.write("text")
        file.flush()
        os.unlink("a")
        os.ftruncate(file.fileno(), 2)
        expect(os.fstat(file.fileno()).st_size == 2, "it is shorter")


@check
def create_exclusively():
    put("a")
    expect_errno(errno.EEXIST, os.open, "a", os.O_CREAT | os.O_EXCL)
    os.symlink("nowhere", "l")
    expect_errno(errno.EEXIST, os.open, "l", os.O_CREAT | os.O_EXCL)


@check
def append_from_two_sides():
    children = []
    for letter in "ab":
        if (child := os.fork()) == 0:
            file = os.open("log", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
            for _ in range(50):
                os.write(file, letter.encode() * 63 + b"\n")
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    lines = get("log").splitlines()
    expect(len(lines) == 100 and set(lines) == {"a" * 63, "b" * 63}, f"{len(lines)} lines")


@check
def append_while_somebody_reads():
    """Pages that were read stay in memory; what is appended to them must not be written again with them."""
    wanted = b""
    file = os.open("log", os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o644)
    reader = os.open("log", os.O_RDONLY)
    for number in range(60):
        line = f"{number:03} ".encode() + b"x" * (number * 97 % 5000) + b"\n"
        os.write(file, line)
        wanted += line
        expect(os.fstat(file).st_size == len(wanted), f"a size of {os.fstat(file).st_size} after {len(wanted)} bytes")
        expect(os.pread(reader, len(wanted), 0) == wanted, "the reader sees all of it")
        if number % 7 == 0:
            os.fsync(file)
    os.close(file)
    with open("log", "rb") as log:
        expect(log.read() == wanted, "the file has each line once")


@check
def append_and_update():
    """As Python's "a+b" does it, and databases of lines."""
    with open("log", "a+b", buffering=0) as file:
        for number in range(40):
            file.write(bytes([65 + number % 26]) * 1000)
            os.fsync(file.fileno())
            file.seek(0)
            expect(len(file.read()) == 1000 * (number + 1), "no byte more")


@check
def shared_memory_maps():
    with open("m", "w+b") as file:
        file.truncate(3 * mmap.PAGESIZE)
        with mmap.mmap(file.fileno(), 0) as one, mmap.mmap(file.fileno(), 0) as other:
            one[mmap.PAGESIZE:mmap.PAGESIZE + 5] = b"hello"
            expect(other[mmap.PAGESIZE:mmap.PAGESIZE + 5] == b"hello", "one map shows what the other wrote")
            one.flush()
        file.seek(mmap.PAGESIZE)
        expect(file.read(5) == b"hello", "and so does the file")


@check
def private_memory_maps():
    put("m", "text")
    with open("m", "r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as copy:
        copy[0:4] = b"gone"
    expect(get("m") == "text", "the file stays as it was")


@check
def sync_to_the_disk():
    with open("a", "w", encoding="utf-8") as file:
        file.write("text")
        file.flush()
        os.fsync(file.fileno())
        os.fdatasync(file.fileno())
    directory = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(directory)
    os.close(directory)


def try_lock(locker):
    """Whether another process gets the lock."""
    if (child := os.fork()) == 0:
        with open("lock", "r+", encoding="utf-8") as file:
            try:
                locker(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os._exit(1)
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@check
def locks_of_both_kinds():
    put("lock")
    for locker in (fcntl.flock, fcntl.lockf):
        with open("lock", "r+", encoding="utf-8") as file:
            locker(file, fcntl.LOCK_EX)
            expect(not try_lock(locker), f"{locker.__name__}: one at a time")
            locker(file, fcntl.LOCK_UN)
            expect(try_lock(locker), f"{locker.__name__}: free again")


@check
def modes():
    put("a")
    for mode in (0o644, 0o755, 0o600, 0o400, 0o000, 0o777):
        os.chmod("a", mode)
        expect(stat.S_IMODE(os.stat("a").st_mode) == mode, f"{mode:o}")
    os.mkdir("d", 0o700)
    expect(stat.S_IMODE(os.stat("d").st_mode) == 0o700, "of a directory")


@check
def nobody_makes_a_program_that_changes_its_user():
    put("a")
    expect_errno(errno.EPERM, os.chmod, "a", 0o4755)
    expect(not os.stat("a").st_mode & stat.S_ISUID, "the bit is not there")


@check
def times():
    put("a")
    os.utime("a", (1_000_000_001, 1_600_000_003))
    status = os.stat("a")
    expect((status.st_atime, status.st_mtime) == (1_000_000_001, 1_600_000_003), "set")
    before = os.stat(".").st_mtime_ns
    put("b")
    expect(os.stat(".").st_mtime_ns >= before, "a directory's moves on")
    put("a", "more")
    expect(os.stat("a").st_mtime > 1_600_000_003, "writing moves it")


@check
def times_are_set_to_the_nanosecond():
    put("a")
    os.utime("a", ns=(1_000_000_001_000_000_002, 1_600_000_003_123_456_789))
    status = os.stat("a")
    expect((status.st_atime_ns, status.st_mtime_ns) == (1_000_000_001_000_000_002, 1_600_000_003_123_456_789), "both")


@check
def sizes_and_holes():
    with open("a", "wb") as file:
        file.truncate(1 << 32)
        file.seek((1 << 32) - 1)
        file.write(b"x")
    status = os.stat("a")
    expect(status.st_size == 1 << 32 and status.st_blocks * 512 < 1 << 20, "four gigabytes of nothing take no room")
    os.truncate("a", 3)
    expect(os.stat("a").st_size == 3, "cut by name")


@check
def long_names():
    name = "n" * 255
    put(name)
    expect(name in os.listdir("."), "255 bytes")
    expect_errno(errno.ENAMETOOLONG, open, "n" * 256, "w", encoding="utf-8")
    deep = pathlib.Path(*["d" * 100] * 20)
    deep.mkdir(parents=True)
    put(deep / "f", "deep")
    expect(get(deep / "f") == "deep", "a path of 2000 bytes")


@check
def unusual_names():
    names = [b"two words", b"new\nline", b"\xff\xfe not UTF-8", b"tab\there", b"-rf", b"*", b"back\\slash", b"'\"", b"...", b" ", b"\x01"]
    for name in names:
        with open(name, "wb") as file:
            file.write(name)
    expect(sorted(os.listdir(b".")) == sorted(names), "all are listed as they were made")
    for name in names:
        with open(name, "rb") as file:
            expect(file.read() == name, repr(name))


@check
def both_forms_of_an_umlaut_are_two_names():
    for form in ("NFC", "NFD"):
        put(unicodedata.normalize(form, "ü"), form)
    expect(len(os.listdir(".")) == 2, "two names")
    expect(get(unicodedata.normalize("NFC", "ü")) == "NFC", "each its own file")


@check
def names_that_differ_in_case_are_two():
    put("File", "one")
    put("file", "two")
    expect((get("File"), get("file")) == ("one", "two"), "each its own file")
    os.unlink("file")
    os.rename("File", "file")
    expect(os.listdir(".") == ["file"], "renamed in nothing but case")


@check
def links_inside():
    put("a", "text")
    os.symlink("a", "l")
    os.symlink("../" + os.path.basename(os.getcwd()) + "/a", "up")
    expect(get("l") == "text" and get("up") == "text", "followed")
    os.symlink("nowhere", "dangling")
    expect(os.readlink("dangling") == "nowhere" and not os.path.exists("dangling"), "dangling")
    os.symlink("loop", "loop")
    expect_errno(errno.ELOOP, open, "loop", encoding="utf-8")
    os.symlink("t" * 1000, "long")
    expect(len(os.readlink("long")) == 1000, "long")
    expect_errno(errno.ELOOP, os.open, "l", os.O_RDONLY | os.O_NOFOLLOW)


@check
def links_out_lead_to_the_guests_own_files():
    os.symlink("/etc/hostname", "out")
    expect(get("out").strip() == socket.gethostname(), "of this machine, not of the host")


@check
def hard_links():
    put("a", "text")
    os.link("a", "b")
    expect(os.stat("a").st_nlink == 2 and os.stat("a").st_ino == os.stat("b").st_ino, "one file, two names")
    with open("b", "a", encoding="utf-8") as file:
        file.write("!")
    expect(get("a") == "text!", "written through the other")
    os.unlink("a")
    expect(get("b") == "text!" and os.stat("b").st_nlink == 1, "the other stays")


@check
def fifos_and_sockets():
    """Programs make them for themselves, in a build directory for example; they need to work in the guest alone."""
    os.mkfifo("fifo")
    if (child := os.fork()) == 0:
        put("fifo", "through")
        os._exit(0)
    expect(get("fifo") == "through", "a fifo")
    os.waitpid(child, 0)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        expect(stat.S_ISSOCK(os.stat("socket").st_mode), "a socket")


@check
def directories():
    os.mkdir("d")
    expect_errno(errno.EEXIST, os.mkdir, "d")
    put("d/f")
    expect_errno(errno.ENOTEMPTY, os.rmdir, "d")
    expect_errno(errno.EISDIR, os.unlink, "d")
    expect_errno(errno.ENOTDIR, os.rmdir, "d/f")
    expect_errno(errno.ENOENT, os.rmdir, "nothing")
    os.unlink("d/f")
    os.rmdir("d")


@check
def a_directory_that_changes_while_it_is_read():
    for number in range(300):
        put(str(number), "")
    seen = set()
    with os.scandir(".") as entries:
        for entry in entries:
            seen.add(entry.name)
            os.unlink(entry.name)
    expect(len(seen) == 300 and not os.listdir("."), f"{len(seen)} seen, {len(os.listdir('.'))} left")


@check
def many_files():
    count = int(os.environ.get("MANY_FILES", "3000"))
    for number in range(count):
        os.makedirs(f"d{number % 50}", exist_ok=True)
        with open(f"d{number % 50}/{number}", "wb"):
            pass
    found = sum(len(files) for _, _, files in os.walk("."))
    expect(found == count, f"{found} of {count} are found")
    shutil.rmtree("d0")
    expect(not os.path.exists("d0"), "a tree is gone")


@check
def a_big_tree_goes():
    """Deep, wide, with a file that somebody has open: rm does not stop half-way."""
    deep = pathlib.Path("tree", *["deep"] * 40)
    deep.mkdir(parents=True)
    for number in range(1000):
        put(f"tree/{number}", "")
    for level in range(1, 40):
        put(pathlib.Path("tree", *["deep"] * level) / "f")
    with open("tree/deep/f", encoding="utf-8") as file:
        subprocess.run(["rm", "-r", "tree"], check=True)
        expect(file.read() == "x", "who has it open can read on")
    expect(not os.path.lexists("tree"), "all of it is gone")


@check
def extended_attributes_are_refused_or_kept():
    put("a")
    try:
        os.setxattr("a", "user.agentbox", b"value")
    except OSError as error:
        expect(error.errno in (errno.ENOTSUP, errno.EPERM), errno.errorcode[error.errno])
    else:
        expect(os.getxattr("a", "user.agentbox") == b"value", "kept")


@check
def allocation_and_space():
    with open("a", "wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, 65536)
        except OSError as error:
            expect(error.errno in (errno.ENOTSUP, errno.EINVAL), errno.errorcode[error.errno])
    expect(os.statvfs(".").f_blocks > 0, "the file system has a size")


@check
def watching_a_directory():
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    in_create = 0x100
    expect(libc.inotify_add_watch(watch, b".", in_create) >= 0, "inotify_add_watch")
    put("new")
    expect(b"new" in os.read(watch, 4096), "who changes files in the guest is seen there")
    os.close(watch)


@check
def programs_can_be_run():
    put("tool", "#!/bin/sh\necho ran\n")
    os.chmod("tool", 0o755)
    expect(subprocess.run(["./tool"], capture_output=True, check=True).stdout == b"ran\n", "a script")
    shutil.copy("/bin/true", "true")
    expect(subprocess.run(["./true"], check=False).returncode == 0, "a program")


@check
def git_as_people_use_it():
    def git(*words):
        done = subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"git {' '.join(words)}: {done.stderr}")
        return done.stdout

    git("init", "-q", "-b", "main")
    for number in range(20):
        put(f"f{number}", f"{number}\n")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("checkout", "-q", "-b", "topic")
    put("f1", "topic\n")
    git("commit", "-q", "-am", "on a topic")
    git("checkout", "-q", "main")
    put("f2", "main\n")
    git("commit", "-q", "-am", "on main")
    git("rebase", "-q", "main", "topic")
    put("f3", "stashed\n")
    git("stash", "-q")
    expect(get("f3") == "3\n", "stashed away")
    git("stash", "pop", "-q")
    git("checkout", "-q", "--", "f3")
    git("gc", "-q")
    git("worktree", "add", "-q", "tree", "main")
    expect(get("tree/f2") == "main\n", "a worktree")
    git("worktree", "remove", "tree")
    expect(git("log", "--format=%s").split("\n")[:3] == ["on a topic", "on main", "first"], "the history")
    git("fsck", "--strict")
    expect(git("status", "--porcelain") == "", "clean")


@check
def a_build_in_cpp():
    put("CMakeLists.txt", "")
    put("lib.cpp", "int answer() { return 42; }\n")
    put("main.cpp", "int answer();\nint main() { return answer() == 42 ? 0 : 1; }\n")
    put("Makefile", "program: main.o lib.o\n\tg++ -o $@ $^\n%.o: %.cpp\n\tg++ -c -o $@ $<\n")
    done = subprocess.run("make -s -j2 && ./program && touch lib.cpp && make && make -q", shell=True, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stderr)
    expect("lib.cpp" in done.stdout and "main.cpp" not in done.stdout, f"only what was touched is made again: {done.stdout}")


def main():
    top = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    for function in CHECKS:
        if wanted and function.__name__ not in wanted:
            continue
        place = top / function.__name__
        place.mkdir(parents=True)
        os.chdir(place)
        os.umask(0o022)
        try:
            function()
            print("ok", function.__name__, flush=True)
        except Exception as error:  # pylint: disable=broad-exception-caught
            where = traceback.extract_tb(error.__traceback__)[1].lineno
            print(f"not ok {function.__name__}: {type(error).__name__} in line {where}: {error}".replace("\n", " "), flush=True)
        os.chdir(top)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
