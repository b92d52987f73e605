#!/bin/sh
# Turns a Debian root file system into a guest of ours. Runs as root inside that system: in mmdebstrap's chroot, or in a
# cloud image's first boot. Everything it sets aims at one of: boots in seconds under emulation, never times out on a
# loaded machine, one way in (sshd, one key), nothing that differs between sessions.
# Environment: AGENTBOX_USER, the login name of the guest's user (uid 1000).
# Leaves the kernel and the initrd to boot with in /usr/lib/agentbox/boot/.
set -eu
user=${AGENTBOX_USER:?}
here=/usr/lib/agentbox

# --- the user -----------------------------------------------------------------------------------------------------
# uid 1000 is what files of the workspace appear as (see docs/decisions/0003-uid-1000.md).
occupant=$(getent passwd 1000 | cut -d: -f1 || true)
if [ -n "$occupant" ] && [ "$occupant" != "$user" ]; then
  userdel --remove "$occupant" 2> /dev/null
fi
if ! getent passwd "$user" > /dev/null; then
  useradd --create-home --uid 1000 --user-group --shell /bin/bash "$user"
fi
mkdir -p /etc/sudoers.d
printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$user" > /etc/sudoers.d/agentbox
chmod 0440 /etc/sudoers.d/agentbox
install -d -o "$user" -g "$user" "/home/$user/.local" "/home/$user/.local/bin"
cat > "/home/$user/.gitconfig" << 'END'
# The workspace may belong to another uid than git expects.
[safe]
	directory = *
# A file's inode number and change time are others here than on the host, where the index was written: by them git would read
# the whole project again, here, and then there.
[core]
	checkStat = minimal
	trustctime = false
END
chown "$user:$user" "/home/$user/.gitconfig"

# --- sshd: one key, no PAM, the cheapest algorithms for an emulated CPU -------------------------------------------
rm -f /etc/ssh/ssh_host_*
install -m 0600 $here/keys/host_key /etc/ssh/ssh_host_ed25519_key
install -d -m 0755 /etc/ssh/authorized_keys
install -m 0644 $here/keys/authorized_key /etc/ssh/authorized_keys/root
rm -rf $here/keys
cat > /etc/ssh/sshd_config << 'END'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
X11Forwarding no
AllowAgentForwarding no
AllowTcpForwarding yes
AcceptEnv *
KexAlgorithms curve25519-sha256
HostKeyAlgorithms ssh-ed25519
Ciphers chacha20-poly1305@openssh.com,aes128-gcm@openssh.com
LoginGraceTime 600
MaxSessions 100
MaxStartups 100
Subsystem sftp internal-sftp
END

# --- systemd: few units, no time limits that a slow machine trips over ----------------------------------------------
mkdir -p /etc/systemd/system.conf.d /etc/systemd/journald.conf.d /etc/systemd/system
cat > /etc/systemd/system.conf.d/agentbox.conf << 'END'
[Manager]
DefaultTimeoutStartSec=30min
DefaultTimeoutStopSec=20s
DefaultDeviceTimeoutSec=30min
END
cat > /etc/systemd/journald.conf.d/agentbox.conf << 'END'
[Journal]
Storage=volatile
RuntimeMaxUse=16M
END
for unit in \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  getty.target serial-getty@ttyS0.service systemd-logind.service systemd-networkd.service systemd-networkd.socket \
  systemd-networkd-wait-online.service systemd-resolved.service systemd-timesyncd.service networking.service \
  systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
  systemd-udev-settle.service systemd-hwdb-update.service systemd-machine-id-commit.service \
  systemd-firstboot.service systemd-pstore.service systemd-random-seed.service systemd-binfmt.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-user-sessions.service \
  systemd-tmpfiles-clean.timer systemd-remount-fs.service systemd-quotacheck.service systemd-journal-flush.service \
  systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-tpm2-setup.service systemd-tpm2-setup-early.service \
  systemd-network-generator.service systemd-modules-load.service systemd-boot-random-seed.service \
  systemd-tmpfiles-setup-dev-early.service systemd-ask-password-console.path systemd-ask-password-wall.path \
  systemd-creds.socket systemd-sysext.socket systemd-initctl.socket \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
  sys-kernel-config.mount proc-sys-fs-binfmt_misc.automount kmod-static-nodes.service modprobe@configfs.service \
  modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@dm_mod.service modprobe@loop.service \
  systemd-journal-catalog-update.service systemd-update-done.service systemd-sysusers.service \
  ldconfig.service man-db.timer logrotate.timer unattended-upgrades.service cron.service rsyslog.service ssh.socket \
  sshd-keygen.service sshd-vsock.socket sshd-unix-local.socket \
  cloud-init.service cloud-init-local.service cloud-config.service cloud-final.service cloud-init-main.service \
  cloud-init-network.service console-setup.service keyboard-setup.service apparmor.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
# Each generator is a process at each boot; these make units for disks, consoles and kernel arguments that a VM of ours does not have.
mkdir -p /etc/systemd/system-generators
for generator in debug getty gpt-auto hibernate-resume run ssh system-update tpm2; do
  ln -sf /dev/null /etc/systemd/system-generators/systemd-$generator-generator
done
cat > /etc/systemd/system/ssh.service << 'END'
[Unit]
Description=The one way into this VM
DefaultDependencies=no
After=systemd-tmpfiles-setup.service local-fs.target
Conflicts=shutdown.target
Before=shutdown.target

[Service]
ExecStart=/usr/sbin/sshd -D
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755

[Install]
WantedBy=multi-user.target
END
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sf /etc/systemd/system/ssh.service /etc/systemd/system/multi-user.target.wants/ssh.service
ln -sf /usr/lib/systemd/system/multi-user.target /etc/systemd/system/default.target

# --- fixed identity; each session gets its own when it starts ---------------------------------------------------------
# An empty machine-id would make every boot a "first boot" with presets and generators.
echo 00000000000000000000000000a9e4b0 > /etc/machine-id
echo agentbox > /etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 agentbox\n' > /etc/hosts
rm -f /etc/resolv.conf
printf 'nameserver 10.0.2.3\n' > /etc/resolv.conf
: > /etc/fstab
printf 'LANG=C.UTF-8\n' > /etc/default/locale
rm -f /etc/nologin

# --- kernel and initrd --------------------------------------------------------------------------------------------
# The newest that can do what a session needs. A cloud image may hold a "cloud" kernel, too, which cannot.
kernel=
for candidate in $(ls -1 /lib/modules | sort -V); do
  if modprobe -S "$candidate" --show-depends 9p && modprobe -S "$candidate" --show-depends vmgenid; then
    kernel=$candidate
  fi
done > /dev/null 2>&1
kernel=${kernel:-$(ls -1 /lib/modules | sort -V | tail -n 1)}
[ -f "/boot/vmlinuz-$kernel" ] || { echo "agentbox: no kernel in the image (package linux-image-amd64)" >&2; exit 1; }
tree=$(mktemp -d)
mkdir -p "$tree/bin" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/root" "$tree/m"
busybox=$(command -v busybox) || { echo "agentbox: no busybox in the image (package busybox-static)" >&2; exit 1; }
cp "$busybox" "$tree/bin/busybox"
install -m 0755 $here/init "$tree/init"
for module in virtio_pci virtio_blk virtio_net virtio_rng ext4 9p 9pnet_virtio vmgenid overlay; do
  if ! modprobe -S "$kernel" --show-depends "$module" > "$tree/depends" 2> /dev/null; then
    echo "agentbox: kernel $kernel has no module $module (a \"cloud\" kernel? use linux-image-amd64)" >&2
    exit 1
  fi
  while read -r verb path _; do
    [ "$verb" = insmod ] || continue
    name=$(basename "$path")
    plain=${name%.xz}; plain=${plain%.zst}; plain=${plain%.gz}
    [ ! -e "$tree/m/$plain" ] || continue
    case $name in
      *.xz) xz -dc "$path" > "$tree/m/$plain" ;;
      *.zst) zstd -qdc "$path" > "$tree/m/$plain" ;;
      *.gz) gzip -dc "$path" > "$tree/m/$plain" ;;
      *) cp "$path" "$tree/m/$plain" ;;
    esac
    echo "/m/$plain" >> "$tree/modules"
  done < "$tree/depends"
done
rm "$tree/depends"
mkdir -p $here/boot
cp "/boot/vmlinuz-$kernel" $here/boot/vmlinuz
(cd "$tree" && find . | sort | cpio --quiet -o -H newc) > $here/boot/initrd
rm -rf "$tree"

# --- nothing that only a package manager's next run needs ---------------------------------------------------------------
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/*.log /var/log/apt /boot/initrd.img-*
