# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a small stand-in for a vendor's cloud image: a partitioned disk with a boot loader, Debian, cloud-init and sshd,
and with the packages that agentbox would otherwise install at the first boot, so that the test needs no network there.

Its first partition (FAT) holds syslinux, which can be installed into an image file without mounting it.
"""

import os
import pathlib
import subprocess
import tempfile

PROGRAMS = {"mmdebstrap": "mmdebstrap", "mke2fs": "e2fsprogs", "mkfs.fat": "dosfstools", "mcopy": "mtools",
            "syslinux": "syslinux", "sfdisk": "fdisk", "qemu-img": "qemu-utils"}
BOOT_RECORD = pathlib.Path("/usr/lib/syslinux/mbr/mbr.bin")

RELEASE = "trixie"
PACKAGES = ["linux-image-amd64", "initramfs-tools", "systemd-sysv", "udev", "dbus", "cloud-init", "cloud-guest-utils", "fdisk",
            "openssh-server", "iproute2", "sudo", "busybox-static", "cpio", "xz-utils", "kmod", "e2fsprogs"]

MIB = 1 << 20
BOOT_START, BOOT_SIZE = 1 * MIB, 128 * MIB
ROOT_START, ROOT_SIZE = BOOT_START + BOOT_SIZE, 1400 * MIB
SECTOR = 512

SYSLINUX_CONFIG = """\
DEFAULT linux
LABEL linux
  KERNEL vmlinuz
  INITRD initrd
  APPEND root=/dev/vda2 rw console=ttyS0 quiet
"""

# "$1" is the new root. A list of modules makes an initrd that an emulated CPU unpacks in a second. The long time limits are for
# loaded machines.
PREPARE = r"""set -e
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/systemd/system.conf.d" "$1/etc/systemd/network"
echo MODULES=list > "$1/etc/initramfs-tools/conf.d/modules"
printf 'virtio_pci\nvirtio_blk\next4\n' > "$1/etc/initramfs-tools/modules"
printf '[Manager]\nDefaultTimeoutStartSec=30min\nDefaultDeviceTimeoutSec=30min\n' > "$1/etc/systemd/system.conf.d/slow.conf"
printf '[Match]\nName=e*\n[Network]\nDHCP=ipv4\n' > "$1/etc/systemd/network/20-dhcp.network"
"""
FINISH = r"""set -e
chroot "$1" systemctl enable systemd-networkd ssh
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/machine-id"
: > "$1/etc/machine-id"
cat "$1"/boot/vmlinuz-* > /proc/self/fd/{kernel}
cat "$1"/boot/initrd.img-* > /proc/self/fd/{initrd}
exec unshare --mount sh -c 'mount --bind "$1" "$1/mnt" && \
  exec mke2fs -q -F -t ext4 -m 0 -d "$1/mnt" /proc/self/fd/{root} {blocks}k' sh "$1"
"""


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def copy_into(disk, part, offset):
    """Sparsely: most of a file system is holes."""
    run("dd", f"if={part}", f"of={disk}", "bs=1M", f"seek={offset // MIB}", "conv=notrunc,sparse", "status=none")


def make_file_systems(directory):
    """kernel, initrd and root in directory, by way of descriptors: in mmdebstrap's user namespace we are strangers."""
    names = {name: directory / name for name in ("kernel", "initrd", "root")}
    files = {name: open(path, "w+b") for name, path in names.items()}  # pylint: disable=consider-using-with
    try:
        for path in names.values():
            path.chmod(0o666)
        files["root"].truncate(ROOT_SIZE)
        # High numbers: mmdebstrap and dash use low ones themselves, and dash redirects to single digits only.
        numbers = {name: os.dup2(file.fileno(), 100 + i) for i, (name, file) in enumerate(files.items())}
        finish = FINISH.format(**numbers, blocks=ROOT_SIZE // 1024)
        run("mmdebstrap", "--quiet", "--variant=minbase", "--format=null",
            "--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--include=" + ",".join(PACKAGES), f"--essential-hook={PREPARE}", f"--customize-hook={finish}", RELEASE, "-",
            pass_fds=list(numbers.values()))
        for number in numbers.values():
            os.close(number)
    finally:
        for file in files.values():
            file.close()
    return names


def make_boot_partition(path, kernel, initrd):
    with open(path, "wb") as file:
        file.truncate(BOOT_SIZE)
    run("mkfs.fat", "-F", "16", "-h", BOOT_START // SECTOR, path, stdout=subprocess.DEVNULL)
    run("syslinux", "--install", path)
    config = path.with_suffix(".cfg")
    config.write_text(SYSLINUX_CONFIG, encoding="utf-8")
    for source, name in ((kernel, "vmlinuz"), (initrd, "initrd"), (config, "syslinux.cfg")):
        run("mcopy", "-i", path, source, f"::{name}")


def make_cloud_image(target):
    """Writes the image, a qcow2 file, to target."""
    with tempfile.TemporaryDirectory(prefix="cloud-image-", dir=target.parent) as name:
        directory = pathlib.Path(name)
        parts = make_file_systems(directory)
        boot = directory / "boot"
        make_boot_partition(boot, parts["kernel"], parts["initrd"])
        disk = directory / "disk"
        with open(disk, "wb") as file:
            file.truncate(ROOT_START + ROOT_SIZE + MIB)
        table = (f"label: dos\nstart={BOOT_START // SECTOR}, size={BOOT_SIZE // SECTOR}, type=6, bootable\n"
                 f"start={ROOT_START // SECTOR}, size={ROOT_SIZE // SECTOR}, type=83\n")
        run("sfdisk", "--quiet", disk, input=table.encode())
        run("dd", f"if={BOOT_RECORD}", f"of={disk}", "bs=440", "count=1", "conv=notrunc", "status=none")
        copy_into(disk, boot, BOOT_START)
        copy_into(disk, parts["root"], ROOT_START)
        run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", disk, target)
