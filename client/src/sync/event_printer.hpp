// Events as lines: French for people, JSON for programs. One thread at a time.
#pragma once

#include <ostream>

#include "sync/event.hpp"

namespace navette::client {

struct PrinterOptions {
  bool json = false;
  bool watching = false;  // one line per event; otherwise progress only
  bool terminal = false;  // `err` is one: the progress is drawn there
};

class EventPrinter {
 public:
  EventPrinter(std::ostream& out, std::ostream& err, PrinterOptions options)
      : out_(out), err_(err), options_(options) {}
  void tell(const SyncEvent& event);

 private:
  void tell_program(const SyncEvent& event);
  void tell_person(const SyncEvent& event);
  void draw(const Progressed& progress);
  void end_bar();

  std::ostream& out_;
  std::ostream& err_;
  PrinterOptions options_;
  bool bar_drawn_ = false;
};

}  // namespace navette::client
