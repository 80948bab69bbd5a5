// A replica with one dossier, as it stands after a first synchronisation, and the program in this process.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/store_maker.hpp"
#include "navette/client/program.hpp"
#include "navette/os/system.hpp"
#include "navette/sync/authority.hpp"

namespace navette::client {

using Json = nlohmann::json;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
  [[nodiscard]] Json json() const { return Json::parse(out, nullptr, false); }
};

class ClientTest : public testing::Test {
 protected:
  ClientTest();

  [[nodiscard]] std::string directory() const { return directory_.path().string(); }
  // navette COMMAND --replica DIR REST…
  Ran navette(std::vector<std::string> words, const std::string& input = {});
  // The first record of a kind, and a field of it as `get` prints it.
  std::string record(const std::string& kind, std::size_t index = 0);
  std::string value(const std::string& id, const std::string& field) { return navette({"get", id, field}).out; }
  Json status() { return navette({"status", "--json"}).json(); }

  // The replica's own store, as another program would open it.
  [[nodiscard]] std::unique_ptr<SqliteReplicaStore> store() const;
  // A conflict over the first sentences of a text, as the server would send it; its id.
  std::string contested_text(const std::string& record, const std::string& head, sync::TextRange range,
                             const std::string& base, const std::string& incoming);
  std::string contested_value(const std::string& record, const std::string& field, const std::string& incoming);
  void put_conflict(const sync::Conflict& conflict);

  test::TemporaryDirectory directory_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  DossierId dossier_;
};

}  // namespace navette::client
