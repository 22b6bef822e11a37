import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import WherryModel
import WherryOCI

/// Streams parts of one blob into a channel, one after another, and goes on where it was when the connection breaks.
struct RangeDownload: Sendable {
  /// Places that have the blob, best first.
  var clients: [RegistryClient]
  var descriptor: Descriptor
  /// In order, apart, and in the blob.
  var ranges: [Range<UInt64>]
  var channel: ByteChannel
  var limiter: RateLimiter?
  /// Told why, before each further attempt.
  var onRetry: @Sendable (String) -> Void

  /// Ends the channel in any case; with `unsupported` where a registry sends no parts.
  func run() async {
    do {
      var places = clients[...]
      for range in ranges { try await fetch(range, &places) }
      channel.finish(nil)
    } catch {
      channel.finish(RegistryFailure.error(error, peer: clients.last?.rules.registry.name ?? "nowhere"))
    }
  }

  /// A place that fails without a byte is not asked again.
  private func fetch(_ range: Range<UInt64>, _ places: inout ArraySlice<RegistryClient>) async throws {
    let reached = Mutex(range.lowerBound)
    guard let first = places.first else { throw WherryError(.internal, "no registry to ask") }
    var client = first
    var retries = RetryMachine(client.limits, now: .now)
    while true {
      let before = reached.withLock { $0 }
      if before >= range.upperBound { return }
      let cause: WherryError
      do {
        try await attempt(client, before..<range.upperBound) { position in reached.withLock { $0 = position }
        }
        if reached.withLock({ $0 }) >= range.upperBound { return }
        cause = WherryError(.unavailable, "\(descriptor.digest) ended early")
      } catch {
        try Task.checkCancellation()
        cause = RegistryFailure.error(error, peer: client.rules.registry.name)
      }
      let got = reached.withLock { $0 } - before
      if got == 0, let next = places.dropFirst().first {
        onRetry("\(cause.message); asking \(next.rules.registry.name)")
        places = places.dropFirst()
        client = next
        retries = RetryMachine(client.limits, now: .now)
        continue
      }
      guard cause.code == .unavailable || cause.code == .deadlineExceeded,
        let pause = retries.failed(bytes: got, now: .now, random: .random(in: 0..<1))
      else { throw cause }
      onRetry(cause.message)
      try await Task.sleep(for: pause)
    }
  }

  private func attempt(
    _ client: RegistryClient, _ range: Range<UInt64>, reached: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let answer = try await client.get("blobs/\(descriptor.digest)", range: range)
    let sent = answer.response.headers.first(name: "content-range") ?? ""
    guard answer.status == 206, sent.hasPrefix("bytes \(range.lowerBound)-\(range.upperBound - 1)/") else {
      throw WherryError(
        .unsupported, "\(client.rules.registry.name) sends no parts of blobs")
    }
    let (channel, limiter, digest) = (channel, limiter, descriptor.digest)
    try await withStallClock(client.limits, peer: answer.url.origin.name) { clock in
      var position = range.lowerBound
      clock.waiting()
      for try await part in answer.response.body {
        clock.received(part.readableBytes)
        position += UInt64(clamping: part.readableBytes)
        guard position <= range.upperBound else {
          throw RegistryClient.mismatch(digest, "a part of it is longer than was asked for")
        }
        try await channel.send(part)
        reached(position)
        try await limiter?.take(part.readableBytes)
        clock.waiting()
      }
    }
  }
}
