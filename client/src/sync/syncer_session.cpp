// The session of a Syncer: what arrives is stored, what was written here is pushed.
#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/print.hpp"
#include "navette/client/program.hpp"
#include "sync/summary.hpp"
#include "sync/syncer.hpp"
#include "sync/tuning.hpp"

namespace navette::client {
namespace {

bool may_refuse(const sync::Message& message) {
  return std::holds_alternative<sync::ReceiptMessage>(message) ||
         std::holds_alternative<sync::RefusalNotice>(message) || std::holds_alternative<sync::Scope>(message);
}

std::size_t repairs_asked(const std::vector<sync::Message>& messages) {
  return static_cast<std::size_t>(
      std::ranges::count_if(messages, [](const auto& m) { return std::holds_alternative<sync::RepairRequest>(m); }));
}

}  // namespace

void Syncer::on_batch(std::vector<sync::Message> batch) {
  last_heard_ = Clock::now();
  if (!session_ || outcome_) return;
  if (holding_) {
    std::ranges::move(batch, std::back_inserter(held_));
    return;
  }
  process(batch);
}

void Syncer::process(const std::vector<sync::Message>& batch) {
  // The server has what it sends: only what leaves here must be on the disk first.
  if (const auto relaxed = replica_.store().set_durable(false); !relaxed) return fail_session(relaxed.error());
  auto step = session_->receive(batch, replica_.now());
  if (const auto strict = replica_.store().set_durable(true); !strict) return fail_session(strict.error());
  if (!step) return fail_session(step.error());
  for (const SyncEvent& event : events_of(batch, self_)) listener_(event);
  if (std::ranges::any_of(batch, may_refuse)) note_refusals();
  perform(std::move(*step));
}

void Syncer::perform(sync::Step step) {
  repairs_awaited_ -= std::min(repairs_awaited_, step.repairs);
  repairs_ += step.repairs;
  repairs_awaited_ += repairs_asked(step.send);
  for (const sync::HistoryReply& reply : step.histories) {
    if (reply.request == static_cast<std::uint32_t>(barrier_)) barrier_answered_ = barrier_;
  }
  if (step.goodbye) {
    goodbye_ = step.goodbye;
    link_->close();
    return;
  }
  if (step.welcome) {
    welcomed_ = true;
    (void)replica_.store().transact([&]() -> Result<void> {
      self_ = replica_.engine().replica_id();
      return {};
    });
    listener_(Connected{step.welcome->account, step.welcome->role});
    post_.set_status({true, last_sync_});
  }
  const auto go_on = [this, to_send = std::move(step.send)] {
    link_->send(to_send);
    push();
    note_progress(false);
    check_settled();
  };
  if (!step.welcome || step.welcome->delay_ms == 0) return go_on();
  holding_ = true;
  const auto asked = std::min(std::chrono::milliseconds(step.welcome->delay_ms), tuning::kRetryAfterMost);
  (void)strand_.run_after(asked, [this, go_on, session = session_number_] {
    if (session != session_number_ || !session_ || outcome_) return;
    holding_ = false;
    last_heard_ = Clock::now();
    go_on();
    const auto held = std::exchange(held_, {});
    if (!held.empty() && session_) process(held);
  });
}

void Syncer::push() {
  if (!session_ || !welcomed_ || holding_ || outcome_ || goodbye_ || failure_) return;
  const auto messages = session_->pushes(replica_.now());
  if (!messages) return fail_session(messages.error());
  if (messages->empty()) return;
  repairs_awaited_ += repairs_asked(*messages);
  last_heard_ = Clock::now();  // the answer is awaited from here on
  link_->send(*messages);
}

void Syncer::check_settled() {
  if (!session_ || !session_->live() || outcome_ || failure_) return;
  if (mode_ == SyncMode::kWatch && !live_) {
    if (auto lock = os::FileLock::try_lock(directory_.live_lock())) live_ = std::move(*lock);
  }
  if (!caught_up_told_) {
    caught_up_told_ = true;
    note_progress(true);
    listener_(CaughtUpAll{session_->progress().dossiers});
  }
  if (!session_->settled() || repairs_awaited_ != 0) return;
  last_sync_ = iso_moment(replica_.now());
  post_.set_status({true, last_sync_});
  remember_exchange(false);
  if (mode_ == SyncMode::kOneShot) {
    send_report();
    return finish({kDone, {}});
  }
  if (!report_due_) {
    report_due_ = true;
    (void)strand_.run_after(tuning::kReportInterval, [this] {
      report_due_ = false;
      send_report();
    });
  }
  serve_tickets();
}

// What the server had accepted before it reads our question has been sent before its answer.
void Syncer::serve_tickets() {
  if (outcome_) return post_.settle(ticket_, *outcome_);
  if (served_ >= ticket_) return;
  if (!session_) return dial();
  push();
  if (!session_ || !session_->settled() || repairs_awaited_ != 0) return;
  if (barrier_answered_ < ticket_ && ask_barrier()) return;
  served_ = ticket_;
  post_.settle(ticket_, {kDone, {}});
}

// False: nothing is followed, so nothing can be on its way.
bool Syncer::ask_barrier() {
  if (barrier_ == ticket_) return true;
  DossierId any;
  (void)replica_.store().read([&]() -> Result<void> {
    for (const sync::DossierRow& row : replica_.store().dossiers()) {
      if (row.followed) any = row.id;
    }
    return {};
  });
  if (any.empty()) return false;
  barrier_ = ticket_;
  sync::HistoryRequest question;
  question.request = static_cast<std::uint32_t>(barrier_);
  question.dossier = any;
  question.limit = 1;
  link_->send({question});
  return true;
}

void Syncer::note_refusals() {
  (void)replica_.store().read([&]() -> Result<void> {
    for (const sync::RefusalRow& row : replica_.store().refusals()) {
      if (known_refusals_.insert(row.id).second) listener_(RefusalEvent{row.dossier, row.id, row.at, row.reason});
    }
    return {};
  });
}

void Syncer::note_progress(bool always) {
  if (caught_up_told_ && !always) return;
  const auto now = Clock::now();
  if (!always && now - progress_told_ < tuning::kProgressInterval) return;
  progress_told_ = now;
  const sync::Progress& progress = session_->progress();
  Progressed event{progress.dossiers, progress.dossiers_done, progress.bytes, link_->bytes_in(), -1};
  // Announced is an estimate of what the records weigh unpacked; at the end it is known what came.
  if (progress.dossiers_done >= progress.dossiers) event.bytes = event.bytes_done;
  if (progress.dossiers_done != 0) {
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(now - session_began_).count();
    const auto left = progress.dossiers - std::min(progress.dossiers, progress.dossiers_done);
    event.left_ms = spent * static_cast<std::int64_t>(left) / static_cast<std::int64_t>(progress.dossiers_done);
  }
  listener_(event);
}

void Syncer::send_report() {
  if (!link_ || !session_) return;
  const auto summary = summarise(replica_);
  if (!summary) return;
  sync::Report report;
  report.drafts = static_cast<std::uint32_t>(summary->work.drafts);
  report.outbox = static_cast<std::uint32_t>(summary->work.outbox);
  report.refusals = static_cast<std::uint32_t>(summary->work.refusals);
  if (summary->oldest_outbox) {
    report.outbox_age_ms = replica_.now().milliseconds - summary->oldest_outbox->milliseconds;
  }
  report.repairs = static_cast<std::uint32_t>(repairs_);
  report.software = kSoftware;
  link_->send({report});
}

void Syncer::remember_exchange(bool at_once) {
  const auto now = Clock::now();
  if (last_sync_.empty() || (!at_once && now - last_sync_stored_ < tuning::kLastSyncInterval)) return;
  last_sync_stored_ = now;
  (void)replica_.store().transact([&]() -> Result<void> {
    replica_.store().set_meta(kLastSyncMeta, last_sync_);
    return {};
  });
}

void Syncer::fail_session(const Error& error) {
  failure_ = error;
  if (link_) link_->cut();
}

// A program that was killed between its commit and its call leaves work that nobody announced.
void Syncer::look() {
  if (outcome_) return;
  push();
  (void)strand_.run_after(tuning::kLookInterval, [this] { look(); });
}

}  // namespace navette::client
