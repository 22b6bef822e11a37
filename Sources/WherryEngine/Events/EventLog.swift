import Synchronization
import WherryCBOR
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// Remembers what happened, for a while, and tells those who listen.
final class EventLog: Sendable {
  /// What may wait for one listener.
  private static let buffered = 256

  private struct State {
    var hasWritten = false
    var next: UInt64 = 0
    var listeners: [UInt64: AsyncStream<Event>.Continuation] = [:]
  }

  private let file: EventFile
  private let report: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(_ file: EventFile, report: @escaping @Sendable (String) -> Void) {
    self.file = file
    self.report = report
  }

  var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

  /// An event that cannot be kept still reaches those who listen. Blocks for one small write.
  func record(_ event: Event) {
    var told = event
    var payload = event.cbor
    if payload.count > EventFile.maximumEvent {
      // Labels without measure are not kept.
      told.attributes = event.attributes.filter { ["name", "image", "exitCode", "signal"].contains($0.key) }
      payload = told.cbor
    }
    state.withLock { state in
      do throws(SystemError) {
        try file.append(payload, isFirst: !state.hasWritten)
        state.hasWritten = true
      } catch {
        report("event \(event.type) \(event.action) cannot be recorded: \(error), ignoring")
      }
      for listener in state.listeners.values { listener.yield(told) }
    }
  }

  struct Subscription: Sendable {
    /// By time.
    var history: [Event]
    /// A listener that is too slow loses the oldest of what waits.
    var live: AsyncStream<Event>?
  }

  /// What is remembered, all of it or nothing, and with `live` what comes after, without a gap between. Blocks.
  func listen(history: Bool, live: Bool) throws(SystemError) -> Subscription {
    try state.withLock { state throws(SystemError) in
      var subscription = Subscription(history: [])
      if history {
        for payload in try file.readAll() {
          // A torn line, or a newer daemon's.
          do { subscription.history.append(try Event(cbor: payload)) } catch { continue }
        }
        subscription.history.sort { $0.time < $1.time }
      }
      guard live else { return subscription }
      let (stream, continuation) = AsyncStream.makeStream(
        of: Event.self, bufferingPolicy: .bufferingNewest(Self.buffered))
      let number = state.next
      state.next += 1
      state.listeners[number] = continuation
      continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
      subscription.live = stream
      return subscription
    }
  }
}
