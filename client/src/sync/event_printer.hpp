// Events as lines: French for people, JSON for programs. One thread at a time.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "sync/event.hpp"

namespace navette::client {

// What people call them; asked for people alone.
struct EventNames {
  std::function<std::string(const DossierId&)> dossier;
  std::function<std::string(const sync::FieldRef&)> place;
};

struct PrinterOptions {
  bool json = false;
  bool watching = false;  // one line per event; otherwise progress only
  bool terminal = false;  // `err` is one: the progress is drawn there
};

class EventPrinter {
 public:
  EventPrinter(std::ostream& out, std::ostream& err, PrinterOptions options, EventNames names)
      : out_(out), err_(err), options_(options), names_(std::move(names)) {}
  void tell(const SyncEvent& event);

 private:
  void tell_program(const SyncEvent& event);
  void tell_person(const SyncEvent& event);
  [[nodiscard]] std::string places(const std::vector<sync::FieldRef>& fields) const;
  void draw(const Progressed& progress);
  void end_bar();

  std::ostream& out_;
  std::ostream& err_;
  PrinterOptions options_;
  EventNames names_;
  bool bar_drawn_ = false;
};

}  // namespace navette::client
