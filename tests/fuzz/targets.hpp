// What is fuzzed. Each target takes any bytes; it ends the program when a law is broken, and returns otherwise.
// libFuzzer calls them in the fuzz preset (entry.cpp), the corpus test in every other one (corpus_test.cpp).
#pragma once

#include "navette/base/bytes.hpp"

namespace navette::fuzz {

void delta(BytesView input);       // delta, compose, transform, invert, diff, ranges
void merge(BytesView input);       // three-way merge of one text
void values(BytesView input);      // what people type, and the small formats
void import(BytesView input);      // files that people import
void codec(BytesView input);       // bytes that claim to be messages
void frames(BytesView input);      // frames that claim to be batches
void authority(BytesView input);   // the engine of the authority against hostile pushes
void replica(BytesView input);     // a replica and its session against a hostile server
void session(BytesView input);     // the server's session and its store against a hostile replica
void enrolment(BytesView input);   // the answer to POST /enrol, certificate requests included
void front_door(BytesView input);  // HTTP and WebSocket of a running server, over TLS

}  // namespace navette::fuzz
