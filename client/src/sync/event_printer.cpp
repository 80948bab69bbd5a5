#include "sync/event_printer.hpp"

#include <nlohmann/json.hpp>

#include "cli/print.hpp"

namespace navette::client {
namespace {

constexpr std::size_t kPlacesShown = 3;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

Json place_json(const sync::FieldRef& at) {
  const std::string field = field_name(at);
  return {{"record", at.record.text()}, {"field", field.empty() ? Json(nullptr) : Json(field)}};
}

Json json_of(const SyncEvent& event) {
  return std::visit(
      Overloaded{
          [](const Connected& e) { return Json{{"event", "connected"}, {"account", e.account}, {"role", e.role}}; },
          [](const Disconnected& e) {
            return Json{{"event", "disconnected"},
                        {"error", name_of(e.error.code)},
                        {"message", e.error.message},
                        {"retry_ms", e.retry_ms}};
          },
          [](const Progressed& e) {
            return Json{{"event", "progress"},
                        {"dossiers", e.dossiers},
                        {"dossiers_done", e.dossiers_done},
                        {"bytes", e.bytes},
                        {"bytes_done", e.bytes_done},
                        {"left_ms", e.left_ms < 0 ? Json(nullptr) : Json(e.left_ms)}};
          },
          [](const CaughtUpAll& e) { return Json{{"event", "caught_up"}, {"dossiers", e.dossiers}}; },
          [](const DossierChanged& e) {
            Json fields = Json::array();
            for (const sync::FieldRef& at : e.fields) fields.push_back(place_json(at));
            return Json{{"event", "changed"},
                        {"dossier", e.dossier.text()},
                        {"audience", schema::name_of(e.audience)},
                        {"revision", e.revision.value},
                        {"author", e.author.name},
                        {"party", schema::name_of(e.author.party)},
                        {"own", e.own},
                        {"fields", fields}};
          },
          [](const ConflictEvent& e) {
            Json json{{"event", "conflict"}, {"dossier", e.dossier.text()}, {"conflict", e.conflict.text()}};
            json.update(place_json(e.at));
            json["state"] = sync::name_of(e.state);
            return json;
          },
          [](const RefusalEvent& e) {
            Json json{{"event", "refusal"}, {"dossier", e.dossier.text()}, {"refusal", e.refusal.text()}};
            json.update(place_json(e.at));
            json["reason"] = sync::name_of(e.reason);
            return json;
          },
      },
      event);
}

std::string_view said(sync::ConflictState state) {
  switch (state) {
    case sync::ConflictState::kOpen:
      return "conflit ouvert";
    case sync::ConflictState::kResolved:
      return "conflit réglé";
    case sync::ConflictState::kSuperseded:
      return "conflit remplacé par un autre";
    case sync::ConflictState::kWithdrawn:
      return "conflit retiré par son auteur";
  }
  return "conflit";
}

std::string time_left(std::int64_t left_ms) {
  if (left_ms < 0) return "";
  const std::int64_t seconds = (left_ms + 999) / 1000;
  return seconds < 60 ? ", encore " + std::to_string(seconds) + " s"
                      : ", encore " + std::to_string(seconds / 60 + 1) + " min";
}

}  // namespace

std::string EventPrinter::places(const std::vector<sync::FieldRef>& fields) const {
  std::string text;
  for (std::size_t i = 0; i < fields.size() && i < kPlacesShown; ++i)
    text += (i == 0 ? "" : ", ") + names_.place(fields[i]);
  if (fields.size() > kPlacesShown) text += "…";
  return text;
}

void EventPrinter::tell(const SyncEvent& event) {
  if (options_.json) {
    tell_program(event);
  } else {
    tell_person(event);
  }
}

void EventPrinter::tell_program(const SyncEvent& event) {
  print_json_line(out_, json_of(event));
  out_.flush();
}

void EventPrinter::draw(const Progressed& progress) {
  if (!options_.terminal) return;
  err_ << "\r\x1b[K" << progress.dossiers_done << " / " << progress.dossiers << " dossiers, "
       << (progress.bytes_done + 1023) / 1024 << " Kio" << time_left(progress.left_ms) << std::flush;
  bar_drawn_ = true;
}

void EventPrinter::end_bar() {
  if (bar_drawn_) err_ << "\r\x1b[K" << std::flush;
  bar_drawn_ = false;
}

void EventPrinter::tell_person(const SyncEvent& event) {
  if (const auto* progress = std::get_if<Progressed>(&event)) return draw(*progress);
  end_bar();
  if (!options_.watching) return;
  std::visit(
      Overloaded{
          [&](const Connected& e) { out_ << "connecté : " << e.account << " (" << people_role(e.role) << ")\n"; },
          [&](const Disconnected& e) {
            out_ << "déconnecté : " << e.error.message;
            if (e.retry_ms > 0) {
              out_ << " ; tout est gardé, nouvel essai dans " << (e.retry_ms + 999) / 1000 << " s";
            }
            out_ << "\n";
          },
          [&](const Progressed&) {},
          [&](const CaughtUpAll& e) { out_ << "à jour, dossiers : " << e.dossiers << "\n"; },
          [&](const DossierChanged& e) {
            out_ << (e.own ? "accepté : " : "reçu : ") << names_.dossier(e.dossier) << ", " << e.author.name << " ("
                 << schema::label_of(e.author.party) << ")" << (e.fields.empty() ? "" : " : ") << places(e.fields)
                 << "\n";
          },
          [&](const ConflictEvent& e) {
            out_ << said(e.state) << " : " << names_.dossier(e.dossier) << " · " << names_.place(e.at) << " ("
                 << e.conflict.text() << ")\n";
          },
          [&](const RefusalEvent& e) {
            out_ << "refus : " << names_.dossier(e.dossier) << " · " << names_.place(e.at) << " (" << e.refusal.text()
                 << ") : " << sync::text_of(e.reason) << "\n";
          },
      },
      event);
  out_.flush();
}

}  // namespace navette::client
