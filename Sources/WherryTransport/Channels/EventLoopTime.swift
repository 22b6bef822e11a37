package import NIOCore
package import WherryRPC

/// Time as an event loop tells it: waking costs no thread and no task.
package struct EventLoopTime: TimeSource {
  let loop: any EventLoop

  package init(loop: any EventLoop) {
    self.loop = loop
  }

  package var now: ContinuousClock.Instant { .now }

  package func wake(at instant: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Alarm {
    let (seconds, attoseconds) = max(now.duration(to: instant), .zero).components
    // A year is as good as for ever, and cannot overflow.
    let nanoseconds = min(seconds, 31_536_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    let task = loop.scheduleTask(in: .nanoseconds(nanoseconds + 1), body)
    return Alarm { task.cancel() }
  }
}
