#include "e2e/damaged.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

namespace navette::e2e {
namespace {

using std::filesystem::path;
constexpr std::size_t kPage = 4'096;

path journal_of(const path& database) { return database.string() + "-wal"; }
path index_of(const path& database) { return database.string() + "-shm"; }

std::string bytes_of(const path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(const path& file, std::size_t at, const std::string& bytes) {
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at));
  out << bytes;
}

Damage cut(const std::string& what, path (*file)(const path&), double part, std::size_t more = 0) {
  return {what, [=](const path& database) {
            const auto size = static_cast<double>(std::filesystem::file_size(file(database)));
            std::filesystem::resize_file(file(database), static_cast<std::uintmax_t>(size * part) + more);
          }};
}

Damage filled(const std::string& what, path (*file)(const path&), std::size_t from, std::size_t length, char with) {
  return {what, [=](const path& database) { overwrite(file(database), from, std::string(length, with)); }};
}

path itself(const path& database) { return database; }

std::string noise(std::mt19937& random, std::size_t length) {
  std::string bytes(length, '\0');
  for (char& one : bytes) one = static_cast<char>(random());
  return bytes;
}

}  // namespace

std::vector<Damage> usual_damages() {
  return {cut("main file emptied", itself, 0),
          cut("main file cut in its header", itself, 0, 50),
          cut("main file cut after its header", itself, 0, 100),
          cut("main file cut after its first page", itself, 0, kPage),
          cut("main file cut in the middle of a page", itself, 0.5, 100),
          filled("garbage in the header", itself, 0, 100, 'x'),
          filled("first page of zeros", itself, 0, kPage, '\0'),
          filled("some pages of zeros", itself, 5 * kPage, 4 * kPage, '\0'),
          cut("journal emptied", journal_of, 0),
          cut("journal cut in its header", journal_of, 0, 20),
          cut("journal cut in a page", journal_of, 0.5, 11),
          filled("garbage in the journal", journal_of, 0, 5'000, 'x'),
          {"index of the journal overwritten",
           [](const path& database) { std::ofstream(index_of(database)) << std::string(40'000, 'x'); }},
          {"index of the journal gone", [](const path& database) { std::filesystem::remove(index_of(database)); }},
          {"main file gone, its journal left", [](const path& database) { std::filesystem::remove(database); }}};
}

Damage random_damage(std::mt19937& random) {
  const bool of_journal = random() % 3 == 0;
  const auto place = static_cast<double>(random()) / static_cast<double>(std::mt19937::max());
  const unsigned way = random() % 4;
  const std::string bytes = noise(random, 1 + random() % 64);
  const char* ways[] = {"cut", "a page of zeros", "noise", "a page of noise"};
  const std::string page = noise(random, kPage);
  return {
      std::string(ways[way]) + (of_journal ? " in the journal" : " in the main file") + " at " + std::to_string(place),
      [=](const path& database) {
        const path file = of_journal ? journal_of(database) : database;
        const auto at = static_cast<std::size_t>(static_cast<double>(std::filesystem::file_size(file)) * place);
        if (way == 0) return std::filesystem::resize_file(file, at);
        overwrite(file, way == 2 ? at : at / kPage * kPage,
                  way == 1   ? std::string(kPage, '\0')
                  : way == 2 ? bytes
                             : page);
      }};
}

void DamagedTest::SetUp() {
  open_demo();
  bring_people();
  backup_ = place_ / "sauvegarde.navette";
}

Replica DamagedTest::copy_of_claire() const {
  const Replica copy(place_ / "abimee");
  std::filesystem::remove_all(copy.directory());
  std::filesystem::copy(claire_.directory(), copy.directory());
  // Killed: its last changes are in the journal, and stay there.
  Process writing(copy.launch({"batch"}));
  for (int i = 0; i < 5; ++i) {
    writing.write(Json{{"op", "set"}, {"record", indicateur_}, {"field", "realise_n1"}, {"value", "7"}}.dump() + "\n");
    EXPECT_TRUE(writing.read_line().has_value()) << writing.errors();
  }
  writing.kill();
  return copy;
}

void DamagedTest::survive(const Replica& broken, const Damage& damage, const std::string& told) {
  SCOPED_TRACE(damage.name);
  const path database = broken.directory() / "replica.sqlite";
  damage.inflict(database);
  const std::string before = bytes_of(database);
  const std::string journal_before = bytes_of(journal_of(database));
  bool unreadable = true;  // by any command
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"list"}, {"show", dossier_}, {"status"}, {"verify"}, {"set", indicateur_, "realise_n2", "3"}, {"sync"}}) {
    Launch launch = broken.launch(words);
    launch.limit = 30s;
    const Ran ran = e2e::run(launch);
    EXPECT_THAT(ran.code, testing::AllOf(testing::Ge(0), testing::Le(3))) << words.front() << ": " << ran.told();
    if (ran.code == 0 || ran.code == 3) {
      unreadable = false;
      continue;
    }
    EXPECT_THAT(ran.err, testing::ContainsRegex(told)) << words.front() << ran.told();
  }
  // A file that SQLite opens may get its journal merged in; any other one stays as it is, and its journal with it.
  if (unreadable && !before.starts_with("SQLite format 3")) {
    EXPECT_TRUE(bytes_of(database) == before) << "what could not be read was written to";
    EXPECT_TRUE(bytes_of(journal_of(database)) == journal_before) << "the journal of what could not be read is gone";
  }
  // The way out.
  const path aside = place_ / "de-cote";
  std::filesystem::remove_all(aside);
  std::filesystem::create_directory(aside);
  for (const path& file : {database, journal_of(database), index_of(database)}) {
    if (std::filesystem::exists(file)) std::filesystem::rename(file, aside / file.filename());
  }
  const Ran again = broken.run({"sync"});
  EXPECT_THAT(again.code, testing::AnyOf(0, 3)) << again.told();
  broken.is_sound();
  claire_.sync();
  expect_same({broken, claire_}, dossier_);
}

void DamagedTest::serves_or_says_why() {
  Process serving({.words = {NAVETTE_SERVER_PROGRAM, "serve", "--data", server_.data().string(), "--listen",
                             "127.0.0.1:" + std::to_string(server_.port())}});
  const auto line = serving.read_line(20s);
  if (line) {
    const Ran ran = server_.run({"verify"});
    EXPECT_THAT(ran.code, testing::AnyOf(0, 1)) << ran.told();
    serving.signal(SIGTERM);
    EXPECT_EQ(serving.wait(20s), 0) << serving.errors();
    return;
  }
  EXPECT_EQ(serving.wait(1s), 1) << serving.errors();
  EXPECT_THAT(serving.errors(), testing::ContainsRegex("sauvegarde|restor")) << serving.errors();
  EXPECT_THAT(serving.errors(), testing::Not(testing::HasSubstr("resynchronisez"))) << "advice for a replica";
}

void DamagedTest::server_survives(const Damage& damage) {
  SCOPED_TRACE("server, " + damage.name);
  const path database = server_.data() / "authority.sqlite";
  server_.kill();  // its journal stays
  damage.inflict(database);
  const std::string before = bytes_of(database);
  serves_or_says_why();
  // Also what seems whole: without its journal, a database is one of the past.
  EXPECT_FALSE(server_.does({"restore", "--from", backup_.string()}).out.empty());
  bool kept = before.empty();
  for (const auto& entry : std::filesystem::directory_iterator(server_.data())) {
    kept = kept || entry.path().filename().string().starts_with("authority-avant-restauration");
  }
  EXPECT_TRUE(kept) << "thrown away";
  server_.serve();
  converge({claire_, nadia_, paul_});
}

}  // namespace navette::e2e
