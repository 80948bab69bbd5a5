#include "e2e/agency.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

namespace navette::e2e {
namespace {

constexpr const char* kNavette = NAVETTE_PROGRAM;
constexpr const char* kServer = NAVETTE_SERVER_PROGRAM;

}  // namespace

// ---- a person's replica

Launch Replica::launch(std::vector<std::string> words) const {
  const std::ptrdiff_t commands = words.front() == "refusal" ? 2 : 1;
  words.insert(words.begin() + commands, {"--replica", directory_.string()});
  words.insert(words.begin(), kNavette);
  return {.words = std::move(words), .network = network_};
}

Ran Replica::run(std::vector<std::string> words, std::string input) const {
  Launch launched = launch(std::move(words));
  launched.input = std::move(input);
  return e2e::run(launched);
}

Ran Replica::does(std::vector<std::string> words, std::string input) const {
  const bool may_wait = words.front() == "sync";
  const std::string command = words.front();
  Ran ran = run(std::move(words), std::move(input));
  EXPECT_TRUE(ran.code == 0 || (may_wait && ran.code == 3))
      << directory_.filename() << " " << command << ": " << ran.told();
  return ran;
}

std::unique_ptr<Process> Replica::watch(std::vector<std::string> options) const {
  options.insert(options.begin(), {"sync", "--watch"});
  return std::make_unique<Process>(launch(std::move(options)));
}

Json Replica::json(std::vector<std::string> words) const {
  words.emplace_back("--json");
  const Ran ran = does(std::move(words));
  Json read = ran.json();
  EXPECT_FALSE(read.is_discarded()) << ran.told();
  return read;
}

std::string Replica::get(const std::string& record, const std::string& field) const {
  return does({"get", record, field}).out;
}
void Replica::set(const std::string& record, const std::string& field, const std::string& value) const {
  does({"set", record, field, value});
}
void Replica::edit(const std::string& record, const std::string& field, const std::string& text) const {
  does({"edit", record, field, "--file", "-"}, text);
}

std::string Replica::add(const std::string& dossier, const std::string& kind,
                         const std::vector<std::string>& fields) const {
  std::vector<std::string> words{"add", dossier, kind};
  words.insert(words.end(), fields.begin(), fields.end());
  std::string id = does(std::move(words)).out;
  if (id.ends_with('\n')) id.pop_back();
  EXPECT_EQ(id.size(), 36U);
  return id;
}

std::vector<Json> Replica::batch(const std::vector<Json>& commands) const {
  std::string input;
  for (const Json& command : commands) input += command.dump() + "\n";
  const Ran ran = does({"batch"}, std::move(input));
  std::vector<Json> answers;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) answers.push_back(Json::parse(line, nullptr, false));
  EXPECT_EQ(answers.size(), commands.size()) << ran.told();
  return answers;
}

std::string Replica::dossier(std::size_t index) const { return json({"list"}).at(index).at("dossier"); }

std::vector<Json> Replica::records(const std::string& dossier, const std::string& kind) const {
  std::vector<Json> found;
  const Json shown = show(dossier);
  for (const Json& record : shown.at("records")) {
    if (record.at("kind") == kind) found.push_back(record);
  }
  return found;
}

void Replica::is_sound() const {
  does({"verify"});
  const Json status = json({"status"});
  EXPECT_EQ(status.at("drafts"), 0) << directory_.filename();
  EXPECT_EQ(status.at("outbox"), 0) << directory_.filename();
  EXPECT_EQ(status.at("behind"), 0) << directory_.filename();
}

bool Replica::holds_bytes(const std::string& text) const {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    if (content.contains(text)) return true;
  }
  return false;
}

// ---- the agency's server

void AgencyServer::init(const std::string& name) const { does({"init", "--name", name, "--host", address_}); }

void AgencyServer::serve(std::optional<rlim_t> largest_file, Environment environment) {
  process_ = std::make_unique<Process>(
      Launch{.words = {kServer, "serve", "--data", data_.string(), "--listen", address_ + ":" + std::to_string(port_)},
             .environment = std::move(environment),
             .largest_file = largest_file,
             .network = network_});
  const auto line = process_->read_line(20s);
  ASSERT_TRUE(line.has_value()) << "the server does not start: " << process_->errors();
  ASSERT_TRUE(line->starts_with("listening wss://" + address_ + ":")) << *line;
  port_ = static_cast<std::uint16_t>(std::stoi(line->substr(line->rfind(':') + 1)));
}

void AgencyServer::stop() {
  process_->signal(SIGTERM);
  EXPECT_EQ(process_->wait(15s), 0) << process_->errors();
  process_.reset();
}

void AgencyServer::kill() {
  process_->kill();
  process_.reset();
}

Ran AgencyServer::run(std::vector<std::string> words) const {
  words.insert(words.end(), {"--data", data_.string()});
  words.insert(words.begin(), kServer);
  return e2e::run({.words = std::move(words)});
}

Ran AgencyServer::does(std::vector<std::string> words) const {
  const std::string command = words.front();
  Ran ran = run(std::move(words));
  EXPECT_EQ(ran.code, 0) << "navette-server " << command << ": " << ran.told();
  return ran;
}

std::string AgencyServer::code(const std::string& name, const std::string& role, const std::string& scope) const {
  std::string code = does({"account", "create", "--name", name, "--role", role, "--scope", scope}).out;
  if (code.ends_with('\n')) code.pop_back();
  return code;
}

std::string AgencyServer::device_of(const std::string& account) const {
  const Json known = status();
  for (const Json& device : known.at("devices")) {
    if (device.at("account") == account) return device.at("device");
  }
  ADD_FAILURE() << "no device of " << account;
  return {};
}

// ---- the fixture

AgencyTest::AgencyTest()
    : place_([] {
        std::string made = (std::filesystem::temp_directory_path() / "navette-e2e.XXXXXX").string();
        return std::filesystem::path(::mkdtemp(made.data()));
      }()),
      server_(place_ / "agence"),
      claire_(place_ / "claire"),
      paul_(place_ / "paul"),
      nadia_(place_ / "nadia") {
  ::signal(SIGPIPE, SIG_IGN);
}

AgencyTest::~AgencyTest() {
  std::error_code ignored;
  std::filesystem::remove_all(place_, ignored);
}

void AgencyTest::open_demo() {
  server_.init();
  server_.does({"demo"});
  server_.serve();
}

Replica AgencyTest::enrol(const std::string& directory, const std::string& name, const std::string& role,
                          const std::string& scope, const std::string& url) {
  Replica replica(place_ / directory);
  replica.move_to(network_);
  replica.does({"enrol", "--server", url.empty() ? server_.url() : url, "--code", server_.code(name, role, scope)});
  return replica;
}

void AgencyTest::bring_people() {
  claire_ = enrol("claire", "Claire Dubois", "correspondant", "ej:990001000");
  paul_ = enrol("paul", "Paul Lefèvre", "correspondant", "ej:990001000");
  nadia_ = enrol("nadia", "Nadia Benali", "negociateur", "departement:99");
  for (const Replica& one : {claire_, paul_, nadia_}) one.sync();
  dossier_ = claire_.dossier();
  const Json first = claire_.records(dossier_, "indicateur").at(0);
  indicateur_ = first.at("id");
  engagement_ = first.at("fields").at("engagement");
  for (const Json& record : claire_.records(dossier_, "diagnostic")) {
    if (record.at("fields").value("engagement", "") == engagement_) diagnostic_ = record.at("id");
  }
}

std::string AgencyTest::write_file(const std::string& name, const std::string& content) const {
  std::ofstream(place_ / name, std::ios::binary) << content;
  return (place_ / name).string();
}

void AgencyTest::converge(const std::vector<Replica>& replicas) {
  // The first pass hands everything in, the second brings it to all; a third for what was pushed again.
  for (int pass = 0; pass < 3; ++pass) {
    for (const Replica& one : replicas) one.sync();
  }
  for (const Replica& one : replicas) one.is_sound();
  server_.is_sound();
  for (std::size_t i = 1; i < replicas.size(); ++i) {
    for (const Json& row : replicas[i].json({"list"})) {
      for (const Json& other : replicas[0].json({"list"})) {
        if (row.at("dossier") == other.at("dossier")) expect_same({replicas[0], replicas[i]}, row.at("dossier"));
      }
    }
  }
}

void AgencyTest::expect_same(const std::vector<Replica>& replicas, const std::string& dossier) const {
  const Json reference = shared_part(replicas.front().show(dossier));
  for (const Replica& one : replicas) {
    EXPECT_EQ(shared_part(one.show(dossier)), reference) << one.directory().filename();
  }
}

unsigned announced_seed(unsigned usual) {
  const char* wanted = std::getenv("NAVETTE_SEED");
  const unsigned seed = wanted == nullptr ? usual : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
  std::cout << "seed " << seed << "\n";
  return seed;
}

Json shared_part(const Json& shown) {
  Json part{{"head", shown.at("head")}, {"phase", shown.at("phase")}};
  for (const Json& record : shown.at("records")) {
    Json fields = record.at("fields");
    fields.erase("brouillon_structure");
    fields.erase("brouillon_ars");
    part[record.at("id").get<std::string>()] = {{"kind", record.at("kind")}, {"fields", fields}};
  }
  return part;
}

}  // namespace navette::e2e
