// Many commands from a program: one answer per line, whatever is in the lines.
#include <chrono>
#include <iostream>
#include <sstream>

#include "client/client_fixture.hpp"

namespace navette::client {
namespace {

class BatchTest : public ClientTest {
 protected:
  std::vector<Json> batch(const std::vector<Json>& commands) {
    std::string lines;
    for (const Json& command : commands) lines += command.dump() + "\n";
    return answers(lines);
  }
  std::vector<Json> answers(const std::string& lines) {
    const Ran ran = navette({"batch"}, lines);
    EXPECT_EQ(ran.code, kDone) << ran.err;
    std::istringstream out(ran.out);
    std::vector<Json> all;
    for (std::string line; std::getline(out, line);) all.push_back(Json::parse(line));
    return all;
  }
  std::string diagnostic_ = record("diagnostic");
  std::string indicateur_ = record("indicateur");
};

TEST_F(BatchTest, DoesEveryKindOfCommand) {
  const std::string conflict = contested_text(diagnostic_, "Avant. Deux ici.", {7, 16}, "Deux.", "Deux bis.");
  const auto done = batch({
      {{"op", "set"}, {"record", indicateur_}, {"field", "realise_n1"}, {"value", 80.5}},
      {{"op", "set"}, {"record", indicateur_}, {"field", "opposable"}, {"value", false}},
      {{"op", "set"}, {"record", indicateur_}, {"field", "reference_annee"}, {"value", nullptr}},
      {{"op", "get"}, {"record", indicateur_}, {"field", "realise_n1"}},
      {{"op", "edit"}, {"record", diagnostic_}, {"field", "structure"}, {"text", "Un texte."}},
      {{"op", "discard"}, {"record", diagnostic_}, {"field", "structure"}},
      {{"op", "set"}, {"record", diagnostic_}, {"field", "brouillon_structure"}, {"value", "Brouillon."}},
      {{"op", "publish"}, {"record", diagnostic_}, {"field", "brouillon_structure"}},
      {{"op", "resolve"}, {"conflict", conflict}, {"take", "suggestion"}},
      {{"op", "add"},
       {"dossier", dossier_.text()},
       {"kind", "engagement"},
       {"fields", {{"numero", 9}, {"objectif", "Neuf."}}}},
  });
  for (const Json& answer : done) EXPECT_EQ(answer["ok"], true) << answer.dump();
  EXPECT_EQ(done.at(3)["value"], "80.5");
  EXPECT_FALSE(done.at(3)["base"].get<std::string>().empty());
  const std::string added = done.at(9)["record"];
  EXPECT_EQ(value(added, "objectif"), "Neuf.");
  EXPECT_EQ(value(diagnostic_, "structure"), "Brouillon.");
  EXPECT_EQ(batch({{{"op", "remove"}, {"record", added}}}).at(0)["ok"], true);
}

TEST_F(BatchTest, ABadLineIsAnsweredAndTheNextGoesOn) {
  const Json good{{"op", "set"}, {"record", indicateur_}, {"field", "realise_n1"}, {"value", "7"}};
  const auto done = answers("pas du json\n[1]\n{\"op\":\"voler\"}\n{\"op\":\"set\"}\n\xff\n" + good.dump() + "\n" +
                            R"({"op":"set","record":")" + indicateur_ + R"(","field":"licorne","value":"1"})" + "\n" +
                            R"({"op":"set","record":")" + indicateur_ + R"(","field":"realise_n1","value":[1]})");
  ASSERT_EQ(done.size(), 8U);
  for (std::size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i]["ok"], i == 5) << i;
  EXPECT_EQ(done[0]["error"], "malformed");
  EXPECT_EQ(done[6]["error"], "not_found");
  EXPECT_FALSE(done[6]["message"].get<std::string>().empty());
  EXPECT_EQ(value(indicateur_, "realise_n1"), "7");
}

TEST_F(BatchTest, AThousandSetsAreAThousandTransactions) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += R"({"op":"set","record":")" + indicateur_ + R"(","field":"realise_n)" + std::to_string(1 + i % 5) +
             R"(","value":)" + std::to_string(i) + "}\n";
  }
  const auto began = std::chrono::steady_clock::now();
  const auto done = answers(lines);
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  ASSERT_EQ(done.size(), 1000U);
  for (const Json& answer : done) EXPECT_EQ(answer["ok"], true);
  EXPECT_EQ(value(indicateur_, "realise_n5"), "999");
  std::cout << "1000 durable sets: " << spent.count() << " ms\n";
  RecordProperty("milliseconds", static_cast<int>(spent.count()));
}

}  // namespace
}  // namespace navette::client
