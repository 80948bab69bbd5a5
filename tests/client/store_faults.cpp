#include "store_faults.hpp"

#include <utility>

namespace navette::test {
namespace {

constexpr Timestamp kNow{1'700'000'000'000};
constexpr int kManyRounds = 50;
constexpr auto kDurable = Steps::Promise::kDurable;
constexpr auto kKept = Steps::Promise::kKept;

Result<void> value_of(const auto& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

}  // namespace

MorningAtADesk::World::World() : dossier(DossierId::make_v7(kNow, random)) {
  engagement = RecordId::make_v7(kNow, random);
  server.create_dossier(
      dossier,
      {{RecordId::make_v7(kNow, random), contrat::kKind, {}, {{contrat::kPhase, sync::Value("negociation")}}},
       {engagement, engagement::kKind, {}, {{engagement::kTexte, sync::Value("Un début. Une suite.")}}}},
      kNow);
  for (const char* name : {"Anne", "Bruno"}) {
    server.put_account(name, "correspondant");
    server.set_scope(name, {dossier});
  }
  colleague.settle(kNow);
}

Result<void> MorningAtADesk::Desk::open(const std::filesystem::path& directory) {
  auto opened = client::SqliteReplicaStore::open(directory, test_schema(), client::OpenMode::kReadWrite);
  if (!opened) return std::unexpected(opened.error());
  store = std::move(*opened);
  replica = std::make_unique<sync::Replica>(test_schema(), *store, random);
  return {};
}

Result<void> MorningAtADesk::Desk::become_somebody() {
  return store->transact([&]() -> Result<void> {
    replica->become("Anne", "correspondant");
    return {};
  });
}

Result<void> MorningAtADesk::run(const std::filesystem::path& directory, Steps& steps) {
  world_ = std::make_unique<World>();
  {
    Desk desk(2);
    NAVETTE_TRY(steps.take(kDurable, [&] { return desk.open(directory); }));
    NAVETTE_TRY(steps.take(kDurable, [&] { return desk.become_somebody(); }));
    NAVETTE_TRY(meet_server(desk, steps));
    NAVETTE_TRY(write_and_meet(desk, steps));
    NAVETTE_TRY(fill(desk, steps));
    NAVETTE_TRY(decide(desk, steps));
  }
  // Another program, later.
  Desk desk(3);
  NAVETTE_TRY(steps.take(kKept, [&] { return desk.open(directory); }));
  return steps.take(kDurable, [&] { return desk.replica->set(at(engagement::kMontant), "9", kNow); });
}

Result<void> MorningAtADesk::write_and_meet(Desk& desk, Steps& steps) {
  RecordId added;
  NAVETTE_TRY(steps.take(kDurable, [&] { return desk.replica->set(at(engagement::kMontant), "5", kNow); }));
  NAVETTE_TRY(steps.take(
      kDurable, [&] { return desk.replica->edit(at(engagement::kTexte), "Un début à nous. Une suite.", {}, kNow); }));
  NAVETTE_TRY(
      steps.take(kDurable, [&] { return desk.replica->edit(at(engagement::kPriveS), "Une note à nous.", {}, kNow); }));
  NAVETTE_TRY(steps.take(kDurable, [&]() -> Result<void> {
    auto made = desk.replica->add(world_->dossier, "engagement", {{"libelle", "Un de plus"}}, kNow);
    if (made) added = *made;
    return value_of(made);
  }));
  // Meanwhile, somewhere else.
  Device& colleague = world_->colleague;
  (void)colleague.replica->set(at(engagement::kMontant), "6", kNow);
  (void)colleague.replica->edit(at(engagement::kTexte), "Un début d'eux. Une suite. Une fin.", {}, kNow);
  colleague.settle(kNow);
  NAVETTE_TRY(meet_server(desk, steps));
  return steps.take(kDurable, [&] { return desk.replica->remove(added); });
}

Result<void> MorningAtADesk::decide(Desk& desk, Steps& steps) {
  std::vector<sync::Conflict> open;
  NAVETTE_TRY(steps.take(kKept, [&] {
    return desk.store->read([&]() -> Result<void> {
      open = desk.store->conflicts(world_->dossier, true);
      return {};
    });
  }));
  for (const sync::Conflict& conflict : open) {
    NAVETTE_TRY(steps.take(kDurable, [&] { return desk.replica->resolve(conflict.id, sync::Choice::kIncoming, {}); }));
  }
  NAVETTE_TRY(steps.take(kDurable, [&] { return desk.replica->publish(at(engagement::kPriveS), kNow); }));
  return meet_server(desk, steps);
}

Result<void> MorningAtADesk::fill(Desk& desk, Steps& steps) {
  constexpr std::size_t kText = 1'900;
  for (std::size_t written = 0; written < bulk_; written += kText) {
    const std::string text(kText, static_cast<char>('a' + written / kText % 26));
    NAVETTE_TRY(steps.take(kDurable, [&] { return desk.replica->set(at(engagement::kObjectif), text, kNow); }));
  }
  return {};
}

Result<void> MorningAtADesk::meet_server(Desk& desk, Steps& steps) {
  // In a session that failed, nothing is tried again: the next connection is.
  const bool stubborn = std::exchange(steps.stubborn, false);
  Result<void> met = connection(desk, steps);
  if (!met && stubborn) met = connection(desk, steps);
  steps.stubborn = stubborn;
  return met;
}

Result<void> MorningAtADesk::receive(Desk& desk, sync::ReplicaSession& session, const Batch& batch, Steps& steps,
                                     Batch& to_send) {
  // What the server sends, it has: as the product does, not waited for.
  return steps.take(kKept, [&]() -> Result<void> {
    NAVETTE_TRY(desk.store->set_durable(false));
    auto step = session.receive(batch, kNow);
    NAVETTE_TRY(desk.store->set_durable(true));
    if (!step) return std::unexpected(step.error());
    if (step->goodbye) return fail(ErrorCode::kInternal, "goodbye: " + step->goodbye->reason);
    to_send = std::move(step->send);
    return {};
  });
}

Result<void> MorningAtADesk::connection(Desk& desk, Steps& steps) {
  MemoryAuthority& server = world_->server;
  sync::ReplicaSession session(test_schema(), *desk.replica, *desk.store, "test");
  const auto number = server.connect("Anne");
  Batch to_send;
  NAVETTE_TRY(steps.take(kDurable, [&]() -> Result<void> {
    auto hello = session.hello();
    if (hello) to_send = {*hello};
    return value_of(hello);
  }));
  for (int round = 0; round < kManyRounds; ++round) {
    server.receive(number, std::exchange(to_send, {}), kNow);
    for (const Batch& batch : server.take(number)) {
      Batch answer;
      NAVETTE_TRY(receive(desk, session, batch, steps, answer));
      to_send.insert(to_send.end(), answer.begin(), answer.end());
    }
    NAVETTE_TRY(steps.take(kDurable, [&]() -> Result<void> {
      auto pushes = session.pushes(kNow);
      if (pushes) to_send.insert(to_send.end(), pushes->begin(), pushes->end());
      return value_of(pushes);
    }));
    if (to_send.empty() && session.settled()) {
      server.disconnect(number);
      return {};
    }
  }
  return fail(ErrorCode::kInternal, "no end to the conversation");
}

std::vector<std::string> MorningAtADesk::go_on(const std::filesystem::path& directory) {
  Desk desk(4);
  Steps steps;
  Result<void> done = desk.open(directory);
  if (done) done = desk.become_somebody();
  if (done) done = meet_server(desk, steps);
  if (!done) return {"does not go on: " + done.error().message};
  std::vector<std::string> wrong = differences(*desk.replica, *desk.store, world_->dossier,
                                               world_->server.dossier(world_->dossier), world_->server.authority());
  for (const std::string& defect : world_->server.dossier(world_->dossier).defects(world_->server.authority())) {
    wrong.push_back("server: " + defect);
  }
  return wrong;
}

}  // namespace navette::test
