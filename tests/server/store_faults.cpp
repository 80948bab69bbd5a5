#include "store_faults.hpp"

#include <utility>

namespace navette::test {
namespace {

using schema::Value;
constexpr auto kDurable = Steps::Promise::kDurable;
constexpr auto kKept = Steps::Promise::kKept;
constexpr std::size_t kFirstHalf = 4;  // pushes before the restart

Result<void> value_of(const auto& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

}  // namespace

DayOfTheStore::DayOfTheStore(std::size_t bulk, bool backup) : backup_(backup) {
  SeededRandom random(1);
  dossier_ = {DossierId::make_v7(kNow, random), RecordId::make_v7(kNow, random), RecordId::make_v7(kNow, random)};
  account_ = AccountId::make_v4(random);
  device_ = DeviceId::make_v4(random);
  replicas_ = {ReplicaId::make_v4(random), ReplicaId::make_v4(random)};
  const auto amount = [&](std::int64_t value) {
    return sync::SetValue{dossier_.montant(), sync::Carried{Value{}, {}}, Value{value}};
  };
  auto note = [&, before = std::string()](const std::string& text) mutable {
    return sync::SetValue{{dossier_.engagement, engagement::kKind, engagement::kObjectif},
                          sync::Carried{Value{std::exchange(before, text)}, {}},
                          Value{text}};
  };
  freeze(replicas_[0], 1, {amount(1), note("Une note.")});
  freeze(replicas_[1], 1, {amount(2)});  // a conflict
  freeze(replicas_[0], 2, {sync::CreateRecord{RecordId::make_v7(kNow, random), engagement::kKind, {}}});
  pushes_.push_back({replicas_[1], "pas une poussée"});
  constexpr std::size_t kText = 1'900;
  std::uint64_t number = 2;
  for (std::size_t written = 0; written < bulk; written += kText) {
    ++number;
    freeze(replicas_[0], number, {note(std::string(kText, static_cast<char>('a' + number % 26)))});
  }
  freeze(replicas_[0], ++number, {amount(3)});
}

void DayOfTheStore::freeze(const ReplicaId& replica, std::uint64_t number, std::vector<sync::Change> changes) {
  pushes_.push_back({replica, sync::encode(sync::Push{dossier_.id, replica, {number}, 1, kNow, std::move(changes)})});
}

Result<void> DayOfTheStore::Server::open(const std::filesystem::path& directory) {
  auto lock = server::AuthorityStore::lock(directory);
  if (!lock) return std::unexpected(lock.error());
  auto opened = server::AuthorityStore::open(std::move(*lock), directory, test_schema(), random, "essai");
  if (!opened) return std::unexpected(opened.error());
  store = std::move(*opened);
  return {};
}

Result<void> DayOfTheStore::run(const std::filesystem::path& directory, Steps& steps) {
  answered_.clear();
  {
    Server server(2);
    NAVETTE_TRY(steps.take(kDurable, [&] { return server.open(directory); }));
    NAVETTE_TRY(dossiers_and_people(server, steps));
    NAVETTE_TRY(pushes(server, steps, 0, kFirstHalf));
    NAVETTE_TRY(reading(server, steps));
    if (backup_) {
      const std::filesystem::path backup = directory.string() + "-sauvegarde.sqlite";
      std::filesystem::remove(backup);
      NAVETTE_TRY(steps.take(kDurable, [&] { return value_of(server.store->backup_to(backup, kNow)); }));
    }
  }
  Server server(3);
  NAVETTE_TRY(steps.take(kKept, [&] { return server.open(directory); }));
  return pushes(server, steps, kFirstHalf, pushes_.size());
}

Result<void> DayOfTheStore::dossiers_and_people(Server& server, Steps& steps) {
  const server::DossierRow row{dossier_.id, "750712184", "Clinique", "2027-01-01", kNow, {{"750100018", "75", "11"}}};
  const std::vector<sync::SeedRecord> seeds{
      {dossier_.contrat, contrat::kKind, {}, {{contrat::kPhase, Value{"negociation"}}}},
      {dossier_.engagement, engagement::kKind, {}, {{engagement::kTexte, Value{"Un début."}}}}};
  const sync::Author author{"import", sync::Party::kAgence};
  NAVETTE_TRY(steps.take(kDurable, [&] { return server.store->create_dossier(row, seeds, author); }));
  const server::Account account{account_, "martin", "correspondant", "all", kNow, false};
  NAVETTE_TRY(steps.take(kDurable, [&] { return server.store->add_account(account); }));
  std::string code;
  NAVETTE_TRY(steps.take(kDurable, [&]() -> Result<void> {
    auto made = server.store->new_enrolment_code(account_, kNow, 1'000);
    if (made) code = *made;
    return value_of(made);
  }));
  const server::Device device{device_, {}, "portable", "01", "aa", {}, {}, {}, {}};
  NAVETTE_TRY(steps.take(kDurable, [&] { return server.store->enrol(code, device, kNow); }));
  return steps.take(kDurable, [&] { return claim(*server.store, device_, replicas_[0]); });
}

Result<void> DayOfTheStore::pushes(Server& server, Steps& steps, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    NAVETTE_TRY(steps.take(kDurable, [&]() -> Result<void> {
      const auto result = push(server, pushes_[i]);
      if (result) answered_[pushes_[i].replica] = {i, std::get<sync::Applied>(result->answer).receipt};
      return value_of(result);
    }));
  }
  return {};
}

Result<void> DayOfTheStore::reading(Server& server, Steps& steps) {
  const server::AuthorityStore& store = *server.store;
  NAVETTE_TRY(steps.take(kKept, [&] { return value_of(store.revisions_after(dossier_.id, {}, {0}, 100, 100'000)); }));
  NAVETTE_TRY(steps.take(kKept, [&] { return value_of(store.snapshot(dossier_.id, server::Audience::kShared)); }));
  NAVETTE_TRY(steps.take(kKept, [&]() -> Result<void> {
    server::HistoryFilter filter;
    filter.dossier = dossier_.id;
    filter.audiences = {server::Audience::kShared};
    return value_of(store.history(filter));
  }));
  NAVETTE_TRY(steps.take(kKept, [&] { return value_of(store.status()); }));
  return steps.take(kKept, [&]() -> Result<void> {
    const auto problems = store.verify();
    // What cannot be read is told as a failure of the disk, not as damage.
    if (problems && !problems->empty()) return fail(ErrorCode::kInternal, "verify: " + problems->front().text);
    return value_of(problems);
  });
}

Result<server::PushResult> DayOfTheStore::push(Server& server, const FrozenPush& one) {
  sync::PushSource source;
  source.author = {"Mme Martin", sync::Party::kStructure};
  source.role = kCorrespondant;
  source.replica = one.replica;
  std::promise<Result<server::PushResult>> promise;
  const auto posted =
      server.store->push({dossier_.id, account_, source, one.encoded, {}, kNow},
                         [&](Result<server::PushResult> result) { promise.set_value(std::move(result)); });
  if (!posted) return std::unexpected(posted.error());
  return promise.get_future().get();
}

std::string DayOfTheStore::answered_otherwise(Server& server, const FrozenPush& one, const sync::Receipt& receipt) {
  const auto again = push(server, one);
  if (!again) return "a push that was answered fails: " + again.error().message;
  const auto* applied = std::get_if<sync::Applied>(&again->answer);
  if (applied == nullptr || applied->receipt != receipt || !applied->repeated) return "a receipt was lost";
  return {};
}

// Stored, and not answered any more: its replica will never again speak of an older one.
bool DayOfTheStore::is_known(const Server& server, std::size_t index) const {
  const auto state = server.store->state(dossier_.id);
  if (!state) return false;
  const auto mark = state->marks.find(pushes_[index].replica);
  return mark != state->marks.end() && mark->second.hash == sha256(pushes_[index].encoded);
}

std::vector<std::string> DayOfTheStore::go_on(const std::filesystem::path& directory) {
  Server server(4);
  Steps steps;
  if (const auto opened = server.open(directory); !opened) return {"does not open: " + opened.error().message};
  std::vector<std::string> wrong;
  std::size_t next = 0;
  for (const auto& [replica, last] : answered_) next = std::max(next, last.first + 1);
  for (const auto& [replica, last] : answered_) {
    if (next < pushes_.size() && pushes_[next].replica == replica && is_known(server, next)) continue;
    if (auto lost = answered_otherwise(server, pushes_[last.first], last.second); !lost.empty()) wrong.push_back(lost);
  }
  if (next == 0) (void)dossiers_and_people(server, steps);  // what of it is there already is refused: kConflict
  if (const auto done = pushes(server, steps, next, pushes_.size()); !done) {
    wrong.push_back("does not go on: " + done.error().message);
  }
  const auto problems = server.store->verify();
  if (!problems) wrong.push_back("verify: " + problems.error().message);
  for (const server::Problem& problem : problems.value_or(std::vector<server::Problem>{})) {
    wrong.push_back("verify: " + std::string(server::name_of(problem.kind)) + " " + problem.text);
  }
  const auto state = server.store->state(dossier_.id);
  if (!state) {
    wrong.push_back("state: " + state.error().message);
  } else if (state->records.size() != 3) {
    wrong.push_back(std::to_string(state->records.size()) + " records instead of 3");
  }
  return wrong;
}

}  // namespace navette::test
