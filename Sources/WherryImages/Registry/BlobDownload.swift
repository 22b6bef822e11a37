import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import WherryModel
import WherryOCI

/// Streams one blob into a channel or another sink, and goes on where it was when the connection breaks.
struct BlobDownload: Sendable {
  /// Places that have the blob, best first: the one that gave the manifest, then those behind it.
  var clients: [RegistryClient]
  var descriptor: Descriptor
  var channel: any DownloadSink
  /// Bytes of the blob that are here already.
  var offset: UInt64 = 0
  var limiter: RateLimiter?
  /// Told why, before each further attempt.
  var onRetry: @Sendable (String) -> Void

  /// Ends the channel in any case.
  func run() async {
    do {
      try await fetch()
      channel.finish(nil)
    } catch {
      channel.finish(RegistryFailure.error(error, peer: clients.last?.rules.registry.name ?? "nowhere"))
    }
  }

  private func fetch() async throws {
    let reached = Mutex<UInt64>(offset)
    var places = clients[...]
    guard var client = places.popFirst() else { throw WherryError(.internal, "no registry to ask") }
    var retries = RetryMachine(client.limits, now: .now)
    while true {
      let before = reached.withLock { $0 }
      if before >= descriptor.size { return }
      let cause: WherryError
      do {
        try await attempt(client, from: before) { position in reached.withLock { $0 = max($0, position) } }
        let position = reached.withLock { $0 }
        if position >= descriptor.size { return }
        cause = WherryError(
          .unavailable, "\(descriptor.digest) ended after \(position) of \(descriptor.size) bytes")
      } catch {
        try Task.checkCancellation()
        cause = RegistryFailure.error(error, peer: client.rules.registry.name)
      }
      let got = reached.withLock { $0 } - before
      if got == 0, cause.code != .dataLoss, let next = places.popFirst() {
        // A mirror that has the manifest need not have the blob.
        onRetry("\(cause.message); asking \(next.rules.registry.name)")
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

  /// One request. Reports how far it came.
  private func attempt(
    _ client: RegistryClient, from start: UInt64, reached: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    let answer = try await client.get("blobs/\(descriptor.digest)", offset: start)
    let begins = try position(of: answer, asked: start)
    let (channel, descriptor, limiter) = (channel, descriptor, limiter)
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
        try await limiter?.take(part.readableBytes)
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
