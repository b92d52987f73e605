// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/vm/specs.hpp"
#include "vm/qemu/spec.hpp"

#include <nlohmann/json.hpp>

namespace agentbox::arguments_test {

using agentbox::test::forked_vm;
using agentbox::test::lines;

// Whole argument vectors, one argument a line: a change of the command line shows here in full, and a template's key
// changes with it.

TEST_CASE("a fork: private RAM, a chain of three disks, waiting for device state") {
  const VmSpec spec = forked_vm();
  CHECK(qemu_arguments(spec) == lines(R"(
/usr/bin/qemu-system-x86_64
-name
agentbox
-nodefaults
-no-user-config
-display
none
-machine
q35,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off,memory-backend=mem
-accel
tcg,thread=multi
-cpu
max,vmx=off,svm=off,la57=off,erms=off,fsrm=off,min-xlevel=0x80000008
-smp
2
-m
2048M
-object
{"id":"mem","mem-path":"/data/templates/k1/mem","qom-type":"memory-backend-file","share":false,"size":2147483648}
-blockdev
{"backing":null,"driver":"qcow2","file":{"driver":"file","filename":"/data/bases/dev/disk.qcow2"},"node-name":"d2","read-only":true}
-blockdev
{"backing":"d2","driver":"qcow2","file":{"driver":"file","filename":"/data/templates/k1/disk.qcow2"},"node-name":"d1","read-only":true}
-blockdev
{"backing":"d1","discard":"unmap","driver":"qcow2","file":{"discard":"unmap","driver":"file","filename":"/state/sessions/s1/disk.qcow2"},"node-name":"d0","read-only":false}
-device
{"addr":"0x2","bootindex":1,"drive":"d0","driver":"virtio-blk-pci","id":"disk"}
-blockdev
{"driver":"null-co","node-name":"kept","read-zeroes":true,"size":34359738368}
-device
{"addr":"0x9","drive":"kept","driver":"virtio-blk-pci","id":"kept-disk","serial":"agentbox-kept"}
-blockdev
{"driver":"null-co","node-name":"project","read-only":true,"read-zeroes":true,"size":8796093022208}
-device
{"addr":"0xa","cyls":16383,"drive":"project","driver":"virtio-blk-pci","heads":16,"id":"project-disk","secs":63,"serial":"agentbox-project"}
-netdev
{"hostfwd":[{"str":"tcp:127.0.0.1:0-:22"}],"id":"net0","ipv6":false,"restrict":false,"type":"user"}
-device
{"addr":"0x4","driver":"virtio-net-pci","guest_announce":false,"id":"nic","mac":"52:54:00:ab:0c:01","netdev":"net0","romfile":""}
-device
{"addr":"0x5","driver":"virtio-rng-pci","id":"rng"}
-device
{"driver":"vmgenid","guid":"auto"}
-fsdev
local,id=ws,path=/workspace,security_model=none,multidevs=remap
-device
{"addr":"0x6","driver":"virtio-9p-pci","fsdev":"ws","id":"share","mount_tag":"workspace"}
-fsdev
local,id=dirs,path=/directories,security_model=none,multidevs=remap,readonly=on
-device
{"addr":"0x8","driver":"virtio-9p-pci","fsdev":"dirs","id":"directories","mount_tag":"directories"}
-device
{"addr":"0x7","driver":"virtio-serial-pci","id":"serial","max_ports":4}
-chardev
null,id=ssh
-device
{"bus":"serial.0","chardev":"ssh","driver":"virtserialport","name":"agentbox.ssh","nr":1}
-chardev
null,id=control
-device
{"bus":"serial.0","chardev":"control","driver":"virtserialport","name":"agentbox.control","nr":2}
-chardev
null,id=ssh2
-device
{"bus":"serial.0","chardev":"ssh2","driver":"virtserialport","name":"agentbox.ssh2","nr":3}
-chardev
socket,id=qmp,fd=3,server=on,wait=off
-mon
chardev=qmp,mode=control
-chardev
ringbuf,id=console,size=65536
-serial
chardev:console
-sandbox
on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
-no-reboot
-incoming
defer
)"));
}

TEST_CASE("an offline, read-only fork of a newer QEMU") {
  VmSpec spec = forked_vm();
  spec.qemu_version = "10.0.2";
  spec.network = UserNetwork{NetworkMode::offline};
  spec.workspace.access = WorkspaceExport::Access::read_only;
  CHECK(qemu_arguments(spec) == lines(R"(
/usr/bin/qemu-system-x86_64
-name
agentbox
-nodefaults
-no-user-config
-display
none
-machine
q35,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off,memory-backend=mem
-accel
tcg,thread=multi
-cpu
max,vmx=off,svm=off,la57=off,erms=off,fsrm=off,min-xlevel=0x80000008
-smp
2
-m
2048M
-object
{"id":"mem","mem-path":"/data/templates/k1/mem","qom-type":"memory-backend-file","readonly":true,"rom":"off","share":false,"size":2147483648}
-blockdev
{"backing":null,"driver":"qcow2","file":{"driver":"file","filename":"/data/bases/dev/disk.qcow2"},"node-name":"d2","read-only":true}
-blockdev
{"backing":"d2","driver":"qcow2","file":{"driver":"file","filename":"/data/templates/k1/disk.qcow2"},"node-name":"d1","read-only":true}
-blockdev
{"backing":"d1","discard":"unmap","driver":"qcow2","file":{"discard":"unmap","driver":"file","filename":"/state/sessions/s1/disk.qcow2"},"node-name":"d0","read-only":false}
-device
{"addr":"0x2","bootindex":1,"drive":"d0","driver":"virtio-blk-pci","id":"disk"}
-blockdev
{"driver":"null-co","node-name":"kept","read-zeroes":true,"size":34359738368}
-device
{"addr":"0x9","drive":"kept","driver":"virtio-blk-pci","id":"kept-disk","serial":"agentbox-kept"}
-blockdev
{"driver":"null-co","node-name":"project","read-only":true,"read-zeroes":true,"size":8796093022208}
-device
{"addr":"0xa","cyls":16383,"drive":"project","driver":"virtio-blk-pci","heads":16,"id":"project-disk","secs":63,"serial":"agentbox-project"}
-netdev
{"hostfwd":[{"str":"tcp:127.0.0.1:0-:22"}],"id":"net0","ipv6":false,"restrict":true,"type":"user"}
-device
{"addr":"0x4","driver":"virtio-net-pci","guest_announce":false,"id":"nic","mac":"52:54:00:ab:0c:01","netdev":"net0","romfile":""}
-device
{"addr":"0x5","driver":"virtio-rng-pci","id":"rng"}
-device
{"driver":"vmgenid","guid":"auto"}
-fsdev
local,id=ws,path=/workspace,security_model=none,multidevs=remap,readonly=on
-device
{"addr":"0x6","driver":"virtio-9p-pci","fsdev":"ws","id":"share","mount_tag":"workspace"}
-fsdev
local,id=dirs,path=/directories,security_model=none,multidevs=remap,readonly=on
-device
{"addr":"0x8","driver":"virtio-9p-pci","fsdev":"dirs","id":"directories","mount_tag":"directories"}
-device
{"addr":"0x7","driver":"virtio-serial-pci","id":"serial","max_ports":4}
-chardev
null,id=ssh
-device
{"bus":"serial.0","chardev":"ssh","driver":"virtserialport","name":"agentbox.ssh","nr":1}
-chardev
null,id=control
-device
{"bus":"serial.0","chardev":"control","driver":"virtserialport","name":"agentbox.control","nr":2}
-chardev
null,id=ssh2
-device
{"bus":"serial.0","chardev":"ssh2","driver":"virtserialport","name":"agentbox.ssh2","nr":3}
-chardev
socket,id=qmp,fd=3,server=on,wait=off
-mon
chardev=qmp,mode=control
-chardev
ringbuf,id=console,size=65536
-serial
chardev:console
-sandbox
on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
-no-reboot
-incoming
defer
)"));
}

TEST_CASE("a template being made: direct boot, shared RAM, KVM, console in a file") {
  VmSpec spec = forked_vm();
  spec.shape.accelerator = Accelerator::kvm;
  spec.boot = DirectBoot{"/boot/kernel", "/boot/initrd", "root=/dev/vda rw console=ttyS0"};
  spec.ram = SharedRamFile{"/ram"};
  spec.disk = {{"/session/disk.qcow2"}, {"/disk/1"}};
  spec.console_log = "console.log";
  CHECK(qemu_arguments(spec) == lines(R"(
/usr/bin/qemu-system-x86_64
-name
agentbox
-nodefaults
-no-user-config
-display
none
-machine
q35,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off,memory-backend=mem
-accel
kvm
-cpu
host,vmx=off,svm=off
-smp
2
-m
2048M
-object
{"id":"mem","mem-path":"/ram","qom-type":"memory-backend-file","share":true,"size":2147483648}
-blockdev
{"backing":null,"driver":"qcow2","file":{"driver":"file","filename":"/disk/1"},"node-name":"d1","read-only":true}
-blockdev
{"backing":"d1","discard":"unmap","driver":"qcow2","file":{"discard":"unmap","driver":"file","filename":"/session/disk.qcow2"},"node-name":"d0","read-only":false}
-device
{"addr":"0x2","bootindex":1,"drive":"d0","driver":"virtio-blk-pci","id":"disk"}
-blockdev
{"driver":"null-co","node-name":"kept","read-zeroes":true,"size":34359738368}
-device
{"addr":"0x9","drive":"kept","driver":"virtio-blk-pci","id":"kept-disk","serial":"agentbox-kept"}
-blockdev
{"driver":"null-co","node-name":"project","read-only":true,"read-zeroes":true,"size":8796093022208}
-device
{"addr":"0xa","cyls":16383,"drive":"project","driver":"virtio-blk-pci","heads":16,"id":"project-disk","secs":63,"serial":"agentbox-project"}
-netdev
{"hostfwd":[{"str":"tcp:127.0.0.1:0-:22"}],"id":"net0","ipv6":false,"restrict":false,"type":"user"}
-device
{"addr":"0x4","driver":"virtio-net-pci","guest_announce":false,"id":"nic","mac":"52:54:00:ab:0c:01","netdev":"net0","romfile":""}
-device
{"addr":"0x5","driver":"virtio-rng-pci","id":"rng"}
-device
{"driver":"vmgenid","guid":"auto"}
-fsdev
local,id=ws,path=/workspace,security_model=none,multidevs=remap
-device
{"addr":"0x6","driver":"virtio-9p-pci","fsdev":"ws","id":"share","mount_tag":"workspace"}
-fsdev
local,id=dirs,path=/directories,security_model=none,multidevs=remap,readonly=on
-device
{"addr":"0x8","driver":"virtio-9p-pci","fsdev":"dirs","id":"directories","mount_tag":"directories"}
-device
{"addr":"0x7","driver":"virtio-serial-pci","id":"serial","max_ports":4}
-chardev
null,id=ssh
-device
{"bus":"serial.0","chardev":"ssh","driver":"virtserialport","name":"agentbox.ssh","nr":1}
-chardev
null,id=control
-device
{"bus":"serial.0","chardev":"control","driver":"virtserialport","name":"agentbox.control","nr":2}
-chardev
null,id=ssh2
-device
{"bus":"serial.0","chardev":"ssh2","driver":"virtserialport","name":"agentbox.ssh2","nr":3}
-chardev
socket,id=qmp,fd=3,server=on,wait=off
-mon
chardev=qmp,mode=control
-chardev
file,id=console,path=console.log
-serial
chardev:console
-sandbox
on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
-no-reboot
-kernel
/boot/kernel
-initrd
/boot/initrd
-append
root=/dev/vda rw console=ttyS0
)"));
}

TEST_CASE("an unconfined first boot of a raw cloud image with a seed") {
  VmSpec spec = forked_vm();
  spec.boot = FirmwareBoot{};
  spec.ram = AnonymousRam{};
  spec.disk = {{"/session/disk.raw", DiskLayer::Format::raw}};
  spec.seed_image = "/seed";
  spec.workspace.directory = "/proc/self/fd/4";
  CHECK(qemu_arguments(spec) == lines(R"(
/usr/bin/qemu-system-x86_64
-name
agentbox
-nodefaults
-no-user-config
-display
none
-machine
q35,sata=off,smbus=off,vmport=off,dump-guest-core=off,mem-merge=off,memory-backend=mem
-accel
tcg,thread=multi
-cpu
max,vmx=off,svm=off,la57=off,erms=off,fsrm=off,min-xlevel=0x80000008
-smp
2
-m
2048M
-object
{"id":"mem","qom-type":"memory-backend-ram","size":2147483648}
-blockdev
{"discard":"unmap","driver":"raw","file":{"discard":"unmap","driver":"file","filename":"/session/disk.raw"},"node-name":"d0","read-only":false}
-device
{"addr":"0x2","bootindex":1,"drive":"d0","driver":"virtio-blk-pci","id":"disk"}
-blockdev
{"driver":"raw","file":{"driver":"file","filename":"/seed"},"node-name":"seed","read-only":true}
-device
{"addr":"0x3","drive":"seed","driver":"virtio-blk-pci","id":"seed-disk"}
-netdev
{"hostfwd":[{"str":"tcp:127.0.0.1:0-:22"}],"id":"net0","ipv6":false,"restrict":false,"type":"user"}
-device
{"addr":"0x4","driver":"virtio-net-pci","guest_announce":false,"id":"nic","mac":"52:54:00:ab:0c:01","netdev":"net0","romfile":""}
-device
{"addr":"0x5","driver":"virtio-rng-pci","id":"rng"}
-device
{"driver":"vmgenid","guid":"auto"}
-fsdev
local,id=ws,path=/proc/self/fd/4,security_model=none,multidevs=remap
-device
{"addr":"0x6","driver":"virtio-9p-pci","fsdev":"ws","id":"share","mount_tag":"workspace"}
-fsdev
local,id=dirs,path=/directories,security_model=none,multidevs=remap,readonly=on
-device
{"addr":"0x8","driver":"virtio-9p-pci","fsdev":"dirs","id":"directories","mount_tag":"directories"}
-device
{"addr":"0x7","driver":"virtio-serial-pci","id":"serial","max_ports":4}
-chardev
null,id=ssh
-device
{"bus":"serial.0","chardev":"ssh","driver":"virtserialport","name":"agentbox.ssh","nr":1}
-chardev
null,id=control
-device
{"bus":"serial.0","chardev":"control","driver":"virtserialport","name":"agentbox.control","nr":2}
-chardev
null,id=ssh2
-device
{"bus":"serial.0","chardev":"ssh2","driver":"virtserialport","name":"agentbox.ssh2","nr":3}
-chardev
socket,id=qmp,fd=3,server=on,wait=off
-mon
chardev=qmp,mode=control
-chardev
ringbuf,id=console,size=65536
-serial
chardev:console
-sandbox
on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
-no-reboot
)"));
}

TEST_CASE("a card on a wire: frames on an inherited socket, and the guest is told how large they may be") {
  VmSpec spec = forked_vm();
  spec.network = WireNetwork{6};
  const auto arguments = qemu_arguments(spec);
  const auto netdev = std::ranges::find(arguments, "-netdev");
  REQUIRE(netdev != arguments.end());
  CHECK(std::vector<std::string>(netdev, netdev + 4) == lines(R"(
-netdev
{"addr":{"str":"6","type":"fd"},"id":"net0","server":false,"type":"stream"}
-device
{"addr":"0x4","driver":"virtio-net-pci","guest_announce":false,"host_mtu":65520,"id":"nic","mac":"52:54:00:ab:0c:01","netdev":"net0","romfile":""}
)"));
  for (const auto& argument : arguments) {
    CHECK(argument.find("hostfwd") == std::string::npos);
  }
}

namespace {

/// The JSON that follows option and holds a value for key.
nlohmann::json object_after(const std::vector<std::string>& arguments, const std::string& option, const char* key) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == option && arguments[i + 1].starts_with("{")) {
      const auto object = nlohmann::json::parse(arguments[i + 1]);
      if (object.contains(key)) {
        return object;
      }
    }
  }
  return {};
}

}  // namespace

// The attack: a project, or a state directory, whose name holds what QEMU's option parser would take for more options.
TEST_CASE("no path becomes another option") {
  const std::string nasty =
      GENERATE(as<std::string>(), "/a,readonly=off,share=on", "/a=b", "/a\"},{\"driver\":\"x", "/a\\\"b", "/a b",
               "/a\nb\t\x01", "/\xc3\xbc\xe4\xb8\xad\xf0\x9f\x90\xa7", "/-device", "/json:{}", "/a,,b", "/%s%n", "/'");
  VmSpec spec = forked_vm();
  spec.ram = PrivateRamFile{nasty};
  spec.disk[0].path = nasty;
  spec.disk[2].path = nasty;
  spec.seed_image = nasty;
  spec.boot = DirectBoot{nasty, nasty, nasty};
  const auto arguments = qemu_arguments(spec);

  CHECK(object_after(arguments, "-object", "mem-path") == nlohmann::json{{"id", "mem"},
                                                                         {"mem-path", nasty},
                                                                         {"qom-type", "memory-backend-file"},
                                                                         {"share", false},
                                                                         {"size", std::uint64_t{2} << 30U}});
  int disks = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "-blockdev" && nlohmann::json::parse(arguments[i + 1]).contains("file")) {  // where no disk is kept there is none
      const auto file = nlohmann::json::parse(arguments[i + 1])["file"];
      disks += file["filename"] == nasty ? 1 : 0;
    } else if (arguments[i] == "-kernel" || arguments[i] == "-initrd" || arguments[i] == "-append") {
      CHECK(arguments[i + 1] == nasty);  // QEMU takes these whole
    }
  }
  CHECK(disks == 3);

  // The number of arguments is that of harmless names.
  VmSpec harmless = spec;
  harmless.ram = PrivateRamFile{"/mem"};
  CHECK(qemu_arguments(harmless).size() == arguments.size());
}

TEST_CASE("a path that JSON cannot hold is refused, not mangled") {
  VmSpec spec = forked_vm();
  spec.disk[0].path = "/sessions/\xff\xfe/disk";
  CHECK_THROWS_AS(qemu_arguments(spec), Error);
}

// -fsdev and -chardev split their argument at commas and know no JSON.
TEST_CASE("where QEMU knows no JSON only our own fixed names are taken") {
  VmSpec spec = forked_vm();
  for (const char* path :
       {"/home/u/project", "/workspace,readonly=off", "/workspace/../etc", "", "/proc/self/fd/", "/proc/self/fd/4,x",
        "/proc/self/fd/4/..", "/proc/self/fd/12345", "/proc/self", "workspace"}) {
    INFO(path);
    spec.workspace.directory = path;
    CHECK_THROWS_AS(qemu_arguments(spec), Error);
  }
  for (const char* path : {"/workspace", "/proc/self/fd/0", "/proc/self/fd/1023"}) {
    spec.workspace.directory = path;
    CHECK_NOTHROW(qemu_arguments(spec));
  }
  for (const char* path : {"/abs/console.log", "../console.log", "a,b", "a/b", "a=b"}) {
    INFO(path);
    spec.console_log = path;
    CHECK_THROWS_AS(qemu_arguments(spec), Error);
  }
}

TEST_CASE("a VM without a disk has no block device") {
  VmSpec spec = forked_vm();
  spec.disk.clear();
  for (const auto& argument : qemu_arguments(spec)) {
    CHECK(argument.find("virtio-blk") == std::string::npos);
    CHECK(argument != "-blockdev");
  }
}

TEST_CASE("memory is the same for the machine and its backend, in whole mebibytes") {
  VmSpec spec = forked_vm();
  spec.shape.memory = ByteSize(ByteSize::mebibytes(700).bytes() + 4097);
  const auto arguments = qemu_arguments(spec);
  CHECK(std::ranges::find(arguments, "700M") != arguments.end());
  CHECK(object_after(arguments, "-object", "size")["size"] == ByteSize::mebibytes(700).bytes());
}

TEST_CASE("which QEMU opens RAM read-only") {
  for (const char* version : {"8.2.0", "8.2", "9.0.1", "10.0.2", "11.1"}) {
    CHECK(opens_ram_read_only(version));
  }
  for (const char* version : {"", "7.2.22", "8.1.5", "8", "x", "8.x", "99999999999999.2"}) {
    CHECK_FALSE(opens_ram_read_only(version));
  }
}

TEST_CASE("a project that is shown as a disk comes by NBD on a socket of ours, and is read-only") {
  VmSpec spec = forked_vm();
  spec.project_disk = ProjectDiskSocket{12};
  const auto arguments = qemu_arguments(spec);
  const auto device = std::ranges::find(arguments, R"({"addr":"0xa","cyls":16383,"drive":"project","driver":"virtio-blk-pci","heads":16,"id":"project-disk","secs":63,"serial":"agentbox-project"})");
  REQUIRE(device != arguments.end());
  CHECK(*(device - 2) ==
        R"({"driver":"nbd","export":"project","node-name":"project","read-only":true,"server":{"str":"12","type":"fd"}})");
}

TEST_CASE("the project's kept disk is a raw image, and a name is no option") {
  VmSpec spec = forked_vm();
  spec.kept_disk = KeptDiskImage{.path = "/data/hot/p,x=y/disk.raw"};
  const auto arguments = qemu_arguments(spec);
  const auto device = std::ranges::find(arguments, R"({"addr":"0x9","drive":"kept","driver":"virtio-blk-pci","id":"kept-disk","serial":"agentbox-kept"})");
  REQUIRE(device != arguments.end());
  CHECK(*(device - 2) ==
        R"({"discard":"unmap","driver":"raw","file":{"discard":"unmap","driver":"file","filename":"/data/hot/p,x=y/disk.raw"},"node-name":"kept"})");
}

TEST_CASE("serial ports lead to the sockets that are given") {
  VmSpec spec = forked_vm();
  spec.ports = {.ssh = 7, .ssh2 = 11, .control = 8};
  CHECK(spec.ports.login(LoginPort::first) == 7);
  CHECK(spec.ports.login(LoginPort::second) == 11);
  const auto arguments = qemu_arguments(spec);
  CHECK_THAT(arguments, Catch::Matchers::VectorContains(std::string("socket,id=ssh,fd=7")));
  CHECK_THAT(arguments, Catch::Matchers::VectorContains(std::string("socket,id=control,fd=8")));
  CHECK_THAT(arguments, Catch::Matchers::VectorContains(std::string("socket,id=ssh2,fd=11")));
}

TEST_CASE("further directories can be written to as far as their room lets them") {
  VmSpec spec = forked_vm();
  spec.directories = {{.name = "mount0", .directory = "/anywhere"}};
  CHECK_THAT(qemu_arguments(spec),
             Catch::Matchers::VectorContains(std::string("local,id=dirs,path=/directories,security_model=none,multidevs=remap")));
  spec.directories_at = "/elsewhere,readonly=off";
  CHECK_THROWS_AS(qemu_arguments(spec), Error);
}

TEST_CASE("a machine whose devices were saved while it ran waits for a state without QEMU's configuration") {
  VmSpec spec = forked_vm();
  auto expected = qemu_arguments(spec);
  spec.boot = IncomingState{.kind = IncomingState::Kind::saved_running};
  expected.emplace_back("-global");
  expected.emplace_back("migration.send-configuration=off");
  CHECK(qemu_arguments(spec) == expected);
}

}  // namespace agentbox::arguments_test
