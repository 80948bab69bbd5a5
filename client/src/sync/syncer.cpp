// The connection of a Syncer: when to dial, when to come back, when to give up.
#include "sync/syncer.hpp"

#include <algorithm>

#include "navette/client/program.hpp"
#include "sync/tuning.hpp"

namespace navette::client {
namespace {

using std::chrono::milliseconds;

// What another attempt may mend, without anybody doing anything.
bool passes(const Error& error) {
  switch (action_of(error.code)) {
    case Action::kRetry:
    case Action::kResync:
      return true;
    case Action::kCorrect:  // a full disk is emptied, a stale session starts anew; what was asked wrongly stays wrong
      return error.code == ErrorCode::kDiskFull || error.code == ErrorCode::kStale;
    case Action::kReenrol:
    case Action::kUpgrade:
    case Action::kStop:
      return false;
  }
  return false;
}

int code_of(const Error& error) { return error.code == ErrorCode::kUnreachable ? kUnreachable : kRefused; }

Error error_of(const sync::Goodbye& goodbye) {
  const std::string reason = goodbye.reason.empty() ? "le serveur a mis fin à l'échange" : goodbye.reason;
  switch (goodbye.action) {
    case Action::kRetry:
    case Action::kResync:
      return {ErrorCode::kUnreachable, reason};
    case Action::kReenrol:
      return {ErrorCode::kUntrusted, reason + " : demandez un code à l'agence, puis navette enrol --renew"};
    case Action::kUpgrade:
      return {ErrorCode::kUnsupported, reason + " : mettez Navette à jour"};
    case Action::kCorrect:
    case Action::kStop:
      return {ErrorCode::kRevoked, reason};
  }
  return {ErrorCode::kRevoked, reason};
}

Backoff backoff_for(SyncMode mode, Random& random) {
  return {random, tuning::kBackoffBase, mode == SyncMode::kWatch ? tuning::kBackoffMost : tuning::kOneShotBackoffMost};
}

}  // namespace

Syncer::Syncer(OpenReplica replica, ReplicaDirectory directory, net::ClientOptions options, SyncMode mode,
               SyncListener listener)
    : replica_(std::move(replica)),
      directory_(std::move(directory)),
      options_(std::move(options)),
      mode_(mode),
      listener_(std::move(listener)),
      backoff_(backoff_for(mode, random_)),
      post_([this](std::uint64_t ticket) {
        strand_.post([this, ticket] {
          ticket_ = std::max(ticket_, ticket);
          serve_tickets();
        });
      }) {}

Syncer::~Syncer() { end_threads(); }

// What the connection still has to say goes to the strand of the disk.
void Syncer::end_threads() {
  network_.stop();
  disk_.stop();
}

Result<> Syncer::hang_bell() {
  NAVETTE_ASSIGN(bell_, net::LocalBell::hang(strand_, directory_.bell(), [this] { push(); }));
  return {};
}

void Syncer::start() {
  strand_.post([this] {
    started_ = Clock::now();
    if (const auto summary = replica_.store().read([&]() -> Result<void> {
          last_sync_ = replica_.store().meta("last_sync").value_or("");
          for (const sync::RefusalRow& row : replica_.store().refusals()) known_refusals_.insert(row.id);
          return {};
        });
        !summary) {
      return finish({kRefused, summary.error().message});
    }
    post_.set_status({false, last_sync_});
    check_stall();
    if (mode_ == SyncMode::kWatch) {
      replica_.store().checkpoint_aside();
      look();
    }
    dial();
  });
}

void Syncer::stop() {
  strand_.post([this] {
    if (mode_ == SyncMode::kWatch) return finish({kDone, {}});
    finish({kUnreachable, "échange interrompu", true});
    if (link_) link_->cut();  // nobody waits for a farewell to a server that may be silent
  });
}

SyncOutcome Syncer::wait() { return finished_.get_future().get(); }

void Syncer::dial() {
  if (outcome_ || dialling_ || link_) return;
  rest_.cancel();
  dialling_ = true;
  ++tries_;
  net::connect(network_, options_, [this](Result<std::shared_ptr<net::Connection>> connected) {
    strand_.post([this, given = std::move(connected)]() mutable {
      dialling_ = false;
      on_connected(std::move(given));
    });
  });
}

void Syncer::on_connected(Result<std::shared_ptr<net::Connection>> connected) {
  if (outcome_) return end();
  if (!connected) return lost(connected.error());
  session_ = std::make_unique<sync::ReplicaSession>(replica_schema(), replica_.engine(), replica_.store(), kSoftware);
  ++session_number_;
  welcomed_ = caught_up_told_ = holding_ = false;
  goodbye_.reset();
  failure_.reset();
  held_.clear();
  repairs_awaited_ = 0;
  barrier_ = barrier_answered_ = served_;
  session_began_ = last_heard_ = Clock::now();
  link_ = Link::start(std::move(*connected), strand_,
                      {.on_batch = [this](std::vector<sync::Message> batch) { on_batch(std::move(batch)); },
                       .on_closed = [this](std::optional<Error> error) { on_closed(std::move(error)); }});
  const auto hello = session_->hello();
  if (!hello) return fail_session(hello.error());
  link_->send({*hello});
}

void Syncer::on_closed(std::optional<Error> error) {
  const bool good = Clock::now() - session_began_ >= tuning::kGoodConnection;
  link_.reset();
  session_.reset();
  live_.reset();
  post_.set_status({false, last_sync_});
  if (outcome_) return end();
  if (good) {
    backoff_.reset();
    tries_ = 0;
  }
  if (failure_) return lost(*failure_);
  if (goodbye_ && goodbye_->new_replica_id && ++renewals_ <= tuning::kRenewalsMost) return dial();
  if (goodbye_) {
    const Error said = error_of(*goodbye_);
    const auto asked = std::min(milliseconds(goodbye_->retry_after_ms), tuning::kRetryAfterMost);
    return passes(said) ? come_back(said, asked + backoff_.next()) : give_up(said);
  }
  lost(error.value_or(Error{ErrorCode::kUnreachable, "le serveur a fermé la connexion"}));
}

void Syncer::lost(const Error& error) {
  if (!passes(error)) return give_up(error);
  // Nobody answers at all: a person at the prompt wants to know at once.
  const bool never_met = session_number_ == 0 && error.code == ErrorCode::kUnreachable;
  if (mode_ == SyncMode::kOneShot && never_met) return give_up(error);
  if (served_ < ticket_ && !welcomed_) {
    served_ = ticket_;
    post_.settle(ticket_, {code_of(error), error.message});
  }
  welcomed_ = false;
  come_back(error, backoff_.next());
}

bool Syncer::out_of_patience(milliseconds delay) const {
  return mode_ == SyncMode::kOneShot &&
         (tries_ >= tuning::kOneShotTries || Clock::now() + delay - started_ > tuning::kOneShotLimit);
}

void Syncer::come_back(const Error& error, milliseconds delay) {
  if (out_of_patience(delay)) return give_up(error);
  listener_(Disconnected{error, delay.count()});
  if (served_ < ticket_) delay = milliseconds(0);  // somebody waits
  rest_ = strand_.run_after(delay, [this] { dial(); });
}

void Syncer::give_up(const Error& error) {
  listener_(Disconnected{error, 0});
  post_.settle(ticket_, {code_of(error), error.message});
  finish({code_of(error), error.message});
}

void Syncer::finish(SyncOutcome outcome) {
  if (outcome_) return;
  outcome_ = std::move(outcome);
  rest_.cancel();
  remember_exchange(true);
  if (link_) return link_->close();  // on_closed goes on
  end();
}

// A dialling that is under way is cut with the runtime.
void Syncer::end() {
  if (ended_ || link_) return;
  ended_ = true;
  finished_.set_value(*outcome_);
}

void Syncer::check_stall() {
  if (outcome_) return;
  const bool awaits = session_ && (!session_->settled() || repairs_awaited_ != 0);
  if (link_ && awaits && !holding_ && Clock::now() - last_heard_ > tuning::kStallLimit) {
    failure_ = Error{ErrorCode::kUnreachable, "le serveur ne dit plus rien"};
    link_->cut();
  }
  (void)strand_.run_after(tuning::kStallCheck, [this] { check_stall(); });
}

}  // namespace navette::client
