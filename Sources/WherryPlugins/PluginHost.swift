import Synchronization
import WherryEngine
package import WherryLinux
import WherryModel
import WherryRPC
package import WherryTransport
import WherryWire

/// The plugins of the device: each is started, or connected to, when it is first needed, and let go with the daemon.
package final class PluginHost: Sendable {
  typealias Waiter = CheckedContinuation<PluginLink, any Error>
  typealias Machine = PluginMachine<PluginLink, Waiter>

  package let folders: PluginFolders
  private let version: String
  private let thread: EventLoopThread
  let pool: BlockingPool
  private let output: @Sendable (String) -> FileDescriptorBox?
  private let machines = Mutex<[String: Machine]>([:])

  /// `output` gives where a program of that name prints to; this process's own standard error where nil.
  package init(
    folders: PluginFolders, version: String, thread: EventLoopThread, pool: BlockingPool,
    output: @escaping @Sendable (String) -> FileDescriptorBox? = { _ in nil }
  ) {
    self.folders = folders
    self.version = version
    self.thread = thread
    self.pool = pool
    self.output = output
  }

  /// Makes one call. Ends within `deadline` and the time of a start, whatever the plugin does.
  func call<Success: Sendable>(
    _ name: String, _ what: String, deadline: Duration,
    _ body: @Sendable (PluginCalls, Duration) async throws -> Success
  ) async throws -> Success {
    let link = try await link(to: name)
    do {
      return try await body(link.calls, deadline)
    } catch {
      let failure = WherryError.wrapping(error)
      switch failure.code {
      case .deadlineExceeded:
        let told = PluginErrors.failure(name, what, error)
        react(name) { $0.deadlineMissed(attempt: link.attempt, WherryError.wrapping(told), now: .now) }
        throw told
      case .unavailable, .protocolViolation:
        // Its connection is over, unless it said so itself.
        let ended = link.isOver ? await link.stop() : nil
        throw PluginErrors.failure(name, what, error, ended: ended)
      default:
        throw PluginErrors.failure(name, what, error)
      }
    }
  }

  /// The connection to a plugin, made where there is none.
  func link(to name: String) async throws -> PluginLink {
    let (folders, pool) = (folders, pool)
    let file: PluginFile
    do {
      file = try await pool.run { () throws(WherryError) in try folders.find(name) }
    } catch {
      // One that was removed, or may no longer be trusted, runs no longer.
      let attempt: UInt64? = machines.withLock { machines in
        if case .ready(let attempt, _, _) = machines[name]?.state { attempt } else { nil }
      }
      if let attempt { react(name) { $0.replaced(attempt: attempt) } }
      throw error
    }
    let old: PluginLink? = machines.withLock { machines in
      if case .ready(_, let link, _) = machines[name]?.state, link.file != file { link } else { nil }
    }
    if let old { react(name) { $0.replaced(attempt: old.attempt) } }
    return try await withCheckedThrowingContinuation { waiter in
      react(name, file) { $0.callRequested(waiter, now: .now) }
    }
  }

  /// Lets go of every plugin, and waits until the programs among them have ended.
  package func shutDown() async {
    let names = machines.withLock { Array($0.keys) }
    var links: [PluginLink] = []
    for name in names {
      for action in change(name, { $0.closeRequested() }) {
        switch action {
        case .stop(let link): links.append(link)
        case .resume(let waiters, let result): Self.resume(waiters, result)
        case .start: break
        }
      }
    }
    await withDiscardingTaskGroup { group in
      for link in links { group.addTask { await link.stop() } }
    }
  }

  // MARK: Doing what the machines say

  private func change(_ name: String, _ body: (inout Machine) -> [Machine.Action]) -> [Machine.Action] {
    machines.withLock { machines in
      var machine = machines[name] ?? Machine(name: name)
      defer { machines[name] = machine }
      return body(&machine)
    }
  }

  private func react(
    _ name: String, _ file: PluginFile? = nil, _ body: (inout Machine) -> [Machine.Action]
  ) {
    for action in change(name, body) {
      switch action {
      case .start(let attempt): if let file { start(file, attempt) }
      case .resume(let waiters, let result): Self.resume(waiters, result)
      case .stop(let link): Task { await link.stop() }
      }
    }
  }

  private static func resume(_ waiters: [Waiter], _ result: Result<PluginLink, WherryError>) {
    for waiter in waiters { waiter.resume(with: result.mapError { $0 as any Error }) }
  }

  /// Of its own task: whoever asked first may give up, others wait on.
  private func start(_ file: PluginFile, _ attempt: UInt64) {
    Task {
      let link: PluginLink
      do {
        link = try await PluginLink.open(
          file, attempt: attempt, version: version, thread: thread, pool: pool, output: output)
      } catch {
        let failure = WherryError.wrapping(PluginErrors.failure(file.name, "cannot be used", error))
        react(file.name) { $0.startFailed(attempt: attempt, failure, now: .now) }
        return
      }
      react(file.name) { $0.described(attempt: attempt, link, now: .now) }
      await link.waitUntilClosed()
      let lost = WherryError(
        .unavailable, "plugin \(file.name): it has closed the connection", hint: "try again")
      react(file.name) { $0.linkLost(attempt: attempt, lost, now: .now) }
    }
  }
}
