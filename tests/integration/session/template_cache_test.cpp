// SPDX-FileCopyrightText: 2026 The agentbox authors
// SPDX-License-Identifier: Apache-2.0
#include "session/template_cache.hpp"

#include <fstream>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/installed.hpp"

namespace agentbox::template_cache_test {

using namespace agentbox::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// agentbox with one template, of a base build that no base has any more: nothing but what the tests add keeps it.
struct WithTemplate : Installed {
  MachineTemplate machine = publish();

  MachineTemplate publish() const {
    const TemplateStore store(home.path() / "data/templates");
    const TemplateKey key{.qemu = "7.2.22",
                          .arguments_digest = "a",
                          .base_build = home.path() / "data/bases/dev/b1",
                          .helper_digest = "h",
                          .host_processor = "",
                          .shape = {.accelerator = Accelerator::tcg, .cpus = 2, .memory = ByteSize::gibibytes(2)},
                          .disk = ByteSize::gibibytes(20)};
    TempDir aside = store.begin(key);
    for (const char* file : {"mem", "state", "disk.qcow2"}) {
      std::ofstream(aside.path() / file) << file;
    }
    return store.publish(std::move(aside), key, {});
  }

  SessionHandle session() {
    SessionHandle handle = sessions.create("run");
    handle.update([&](SessionRecord& record) {
      record.phase = SessionPhase::running;
      record.template_directory = machine.directory;
    });
    return handle;
  }
};

}  // namespace

TEST_CASE("a template that a session's disk stands on stays, and the user hears whose it is") {
  WithTemplate here;
  SessionHandle session = here.session();
  const std::string name = here.machine.directory.filename();
  CHECK_THROWS_WITH(remove_template(name, here.application), Contains("needed by session " + session.record().id));
  CHECK(expire_templates(here.application).empty());
  REQUIRE(list_templates(here.application).size() == 1);
  const TemplateInfo info = list_templates(here.application)[0];
  CHECK(info.sessions == std::vector<std::string>{session.record().id});
  CHECK(info.base == "dev");
  CHECK(info.state == TemplateInfo::State::old_base);

  // A session that ran without a terminal is listed for days after its end. It needs nothing any more.
  session.update([](SessionRecord& record) { record.phase = SessionPhase::ended; });
  remove_template(name.substr(0, 8), here.application);
  CHECK(list_templates(here.application).empty());
  CHECK_FALSE(fs::exists(here.machine.directory));
}

TEST_CASE("only names of one template remove it") {
  WithTemplate here;
  for (const char* name : {"", "nothing", "../templates", "/"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(remove_template(name, here.application), Error);
  }
  const MachineTemplate twin = here.publish();
  CHECK_THROWS_WITH(remove_template(twin.key.name(), here.application), Contains("more than one template"));
  CHECK(list_templates(here.application).size() == 2);
}

}  // namespace agentbox::template_cache_test
