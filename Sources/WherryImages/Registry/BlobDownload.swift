import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import WherryModel
import WherryOCI

/// Streams one blob into a channel, and goes on where it was when the connection breaks.
struct BlobDownload: Sendable {
  var client: RegistryClient
  var descriptor: Descriptor
  var channel: ByteChannel
  /// Told why, before each further attempt.
  var onRetry: @Sendable (String) -> Void

  /// Ends the channel in any case.
  func run() async {
    do {
      try await fetch()
      channel.finish(nil)
    } catch {
      channel.finish(RegistryFailure.error(error, peer: client.rules.registry.name))
    }
  }

  private func fetch() async throws {
    let reached = Mutex<UInt64>(0)
    var failures = 0
    var pause = client.limits.firstPause
    while true {
      let before = reached.withLock { $0 }
      if before >= descriptor.size { return }
      do {
        try await attempt(from: before) { position in reached.withLock { $0 = max($0, position) } }
        let offset = reached.withLock { $0 }
        if offset >= descriptor.size { return }
        throw WherryError(
          .unavailable, "\(descriptor.digest) ended after \(offset) of \(descriptor.size) bytes")
      } catch {
        let cause = RegistryFailure.error(error, peer: client.rules.registry.name)
        // A trickle is no progress: it could go on for ever.
        let got = reached.withLock { $0 } - before
        if got >= UInt64(client.limits.trickleBytes) * 16 {
          failures = 0
          pause = client.limits.firstPause
        }
        failures += 1
        guard cause.code == .unavailable || cause.code == .deadlineExceeded,
          failures < client.limits.attempts
        else { throw cause }
        onRetry(cause.message)
      }
      try await Task.sleep(for: pause)
      pause *= 2
    }
  }

  /// One request. Reports how far it came.
  private func attempt(
    from start: UInt64, reached: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let answer = try await client.get("blobs/\(descriptor.digest)", offset: start)
    let begins = try position(of: answer, asked: start)
    let (channel, descriptor) = (channel, descriptor)
    try await withStallClock(client.limits, peer: answer.url.origin.name) { clock in
      var position = begins
      clock.waiting()
      for try await part in answer.response.body {
        clock.received(part.readableBytes)
        let end = position + UInt64(part.readableBytes)
        guard end <= descriptor.size else {
          throw RegistryClient.mismatch(descriptor.digest, "it is longer than \(descriptor.size) bytes")
        }
        // A server that ignores ranges sends what we have already again.
        let skip = position < start ? Int(min(start - position, UInt64(part.readableBytes))) : 0
        if let rest = part.getSlice(at: part.readerIndex + skip, length: part.readableBytes - skip) {
          try await channel.send(rest)
        }
        position = end
        reached(position)
        clock.waiting()
      }
    }
  }

  private func position(of answer: RegistryClient.Answer, asked start: UInt64) throws(WherryError) -> UInt64 {
    let headers = answer.response.headers
    if let length = headers.first(name: "content-length").flatMap({ UInt64($0) }) {
      let expected = answer.status == 206 ? descriptor.size - start : descriptor.size
      guard length == expected else {
        throw RegistryClient.mismatch(
          descriptor.digest, "the registry has \(length) bytes where \(expected) were announced")
      }
    }
    guard answer.status == 206 else { return 0 }
    guard let range = headers.first(name: "content-range"), range.hasPrefix("bytes \(start)-") else {
      throw RegistryClient.mismatch(descriptor.digest, "the registry sent another part than was asked for")
    }
    return start
  }
}
