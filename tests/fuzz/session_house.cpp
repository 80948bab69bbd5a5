#include "session_house.hpp"

#include "law.hpp"
#include "session/session.hpp"
#include "support/test_schema.hpp"

namespace navette::fuzz {
namespace {

template <class AnyId>
AnyId id(unsigned char n) {
  AnyId made;
  made.value.fill(n);
  return made;
}

void must(const Result<>& result) { require(result.has_value(), result ? "" : result.error().message); }

// Made once: what every store begins with costs more than a whole story.
const std::filesystem::path& prepared() {
  static const test::TemporaryDirectory directory("navette-fuzz-seed");
  return directory.path();
}

}  // namespace

SessionHouse::SessionHouse() : dossier_(id<DossierId>(9)) {
  for (unsigned char n = 0; n < 2; ++n) {
    Visitor visitor;
    visitor.account.id = id<AccountId>(n + 1);
    visitor.account.name = n == 0 ? "Anne" : "Chloé";
    visitor.account.role = n == 0 ? "correspondant" : "negociateur";
    visitor.account.scope = "all";
    visitor.device.id = id<DeviceId>(n + 1);
    visitor.device.account = visitor.account.id;
    visitor.replica = id<ReplicaId>(n + 1);
    visitors_.push_back(std::move(visitor));
  }
  static std::once_flag once;
  std::call_once(once, [this] {
    open();
    const std::vector<sync::SeedRecord> seeds{
        {id<RecordId>(1), test::contrat::kKind, {}, {{test::contrat::kPhase, sync::Value{"negociation"}}}},
        {id<RecordId>(2),
         test::engagement::kKind,
         {},
         {{test::engagement::kTexte, sync::Value{"Un début. Une suite."}}}}};
    const server::DossierRow row{dossier_, "750712184", "Clinique", "2027-01-01", clock_.now(), {}};
    must(store_->create_dossier(row, seeds, {"import", sync::Party::kAgence}));
    for (const Visitor& visitor : visitors_) {
      must(store_->add_account(visitor.account));
      const auto code = store_->new_enrolment_code(visitor.account.id, clock_.now(), 60'000);
      server::Device device = visitor.device;
      device.fingerprint = visitor.account.name;
      device.serial = visitor.account.name;
      must(store_->enrol(code.value(), device, clock_.now()));
    }
    store_.reset();
    std::filesystem::copy(directory_.path(), prepared(), std::filesystem::copy_options::recursive);
  });
  std::filesystem::copy(prepared(), directory_.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  open();
  store_->listen([this](const server::CommittedRevisions& revisions) { hub_.committed(revisions); });
}

SessionHouse::~SessionHouse() {
  for (Visitor& visitor : visitors_) {
    if (visitor.connection) visitor.connection->end();
  }
  settle();
  runtime_.stop();
}

void SessionHouse::open() {
  auto lock = server::AuthorityStore::lock(directory_.path());
  auto opened =
      server::AuthorityStore::open(std::move(lock).value(), directory_.path(), test::test_schema(), random_, "fuzz");
  store_ = std::move(opened).value();
}

void SessionHouse::connect(Visitor& visitor) {
  if (visitor.connection) visitor.connection->end();
  visitor.connection = std::make_shared<DeafConnection>(runtime_.make_strand());
  std::make_shared<server::Session>(*store_, hub_, clock_, random_, visitor.connection, visitor.device, visitor.account)
      ->start();
}

void SessionHouse::settle() {
  // What an answer leads to may ask the writer again (kept revisions): twice is all that the protocol has.
  for (int round = 0; round < 2; ++round) {
    must(store_->change_account(visitors_.front().account));
    for (Visitor& visitor : visitors_) {
      if (visitor.connection) visitor.connection->wait();
    }
  }
}

}  // namespace navette::fuzz
