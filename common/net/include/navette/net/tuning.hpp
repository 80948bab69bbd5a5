// Every limit of the network, with its reason. The structs let a test or an operator choose others.
#pragma once

#include <chrono>
#include <cstddef>

namespace navette::net {

using std::chrono::milliseconds;

struct ConnectionLimits {
  // The protocol's frame: what a receiver must be ready to hold at once; larger things are chunked above.
  std::size_t frame_max_bytes = std::size_t{1} << 20U;
  // Sixteen whole frames: a sender that is ahead of the line by more should have looked at queued_bytes().
  // 200 devices at the limit at once stay within 3.2 GB, so that one slow crowd does not fell the server.
  std::size_t send_queue_max_bytes = std::size_t{16} << 20U;
  // A quarter of the shortest idle cut met in boxes and proxies (60 s), with one ping allowed to be late.
  milliseconds heartbeat_interval{20'000};
  // Three heartbeats: a mobile line that fades for less than a minute keeps its session.
  milliseconds idle_limit{60'000};
  // Time for one fragment to leave: below 1 KiB/s the line carries no session, a retry later does better.
  milliseconds write_stall_limit{60'000};
  // From close() to the end, the frames queued before included: a person waits for a program to quit.
  milliseconds close_limit{5'000};
  // Frames taken in: beyond, the other end waits (its socket fills), nobody is cut. 0: as they come.
  double frames_per_second = 0;
  double frames_burst = 1;
};

// What a server grants a device. A program that pushes as fast as it is answered sends a thousand frames a second, and
// a catch-up answers with hundreds at once; more only keeps a thread of the server from the others.
inline ConnectionLimits served_connection_limits() { return {.frames_per_second = 2'000, .frames_burst = 4'000}; }

// One fragment of a frame on the wire: pings pass between two of them, so a large frame on a slow line is not
// taken for death; larger ones gain nothing measurable.
inline constexpr std::size_t kWriteFragmentBytes = std::size_t{64} << 10U;

// What Beast masks and sends at once: one TLS record.
inline constexpr std::size_t kMaskBufferBytes = std::size_t{16} << 10U;

struct ClientLimits {
  // Name resolution and all the addresses of the host: beyond, the person prefers « hors ligne ».
  milliseconds connect_limit{15'000};
  // TLS and the WebSocket upgrade: a few round trips, on a satellite line too.
  milliseconds handshake_limit{15'000};
  // An enrolment waits for the server to write durably.
  milliseconds reply_limit{30'000};
};

struct ServerLimits {
  // The 10,000 devices that may come back in one minute, and those of yesterday that are not yet known to be gone.
  std::size_t connections_max = 12'000;
  // Not yet known peers: what a flood of half-open handshakes may occupy, out of connections_max.
  std::size_t handshakes_max = 512;
  // TLS of an honest client takes three round trips at most; a slow reader of bytes is cut there.
  milliseconds handshake_limit{10'000};
  // The header and body of a request: a few kilobytes.
  milliseconds request_limit{10'000};
  // stop() as a whole, after the connections' own close_limit.
  milliseconds stop_margin{2'000};
  // A hospital or an agency behind one address has some hundreds of devices; beyond, one address would take the places
  // of all. 0: no limit by address, for a server behind a TCP load balancer, where all come from one.
  std::size_t connections_per_address = 2'000;
  // Of one address, not yet known: honest ones are done in milliseconds, and a quarter of handshakes_max leaves the
  // others their turn.
  std::size_t handshakes_per_address = 128;
  // New sockets of one address: all devices of a large house at once after a cut, then as many as 50 people open.
  std::size_t arrivals_burst = 400;
  double arrivals_per_second = 50;
  // One device: a watcher, commands beside it, and what was cut and is not yet known to be gone.
  std::size_t connections_per_device = 8;
};

// Addresses whose arrivals are counted, in a few hundred bytes each.
inline constexpr std::size_t kAddressesRemembered = 20'000;

// A browser's header with cookies stays below 8 KiB, ours below 1.
inline constexpr std::size_t kHttpHeaderMaxBytes = std::size_t{8} << 10U;
// An enrolment is a code, a name and a certificate request: under 2 KiB.
inline constexpr std::size_t kEnrolBodyMaxBytes = std::size_t{16} << 10U;
// An enrolment reply is two certificates and a few names.
inline constexpr std::size_t kHttpReplyMaxBytes = std::size_t{256} << 10U;
// A refused peer may still be sending: what is read and thrown away so that it sees the refusal and not a reset.
inline constexpr std::size_t kLingerMaxBytes = std::size_t{64} << 10U;
inline constexpr milliseconds kLingerLimit{1'000};
// Without descriptors left, accepting at once again would only burn a processor.
inline constexpr milliseconds kAcceptRetryDelay{100};
// What remains to run when a runtime stops: callbacks of cancelled operations, a name resolution to abandon.
inline constexpr milliseconds kRuntimeDrainLimit{5'000};
// Local control programs are few, run by a person; a request arrives at once.
inline constexpr std::size_t kLocalClientsMax = 16;
inline constexpr milliseconds kLocalRequestLimit{10'000};

}  // namespace navette::net
