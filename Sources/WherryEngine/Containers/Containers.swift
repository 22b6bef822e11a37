import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

/// The containers of the device, as the daemon's callers see them.
package final class Containers: Sendable {
  let context: EngineContext

  init(_ context: EngineContext) {
    self.context = context
  }

  /// Does `event` to the container that `reference` names, after bringing it up to what the supervisor sees.
  /// What has begun is finished even when the caller goes away: a half-made container would help nobody.
  func operate(
    _ entry: ContainerEntry, _ event: ContainerMachine.Event?, isAttached: Bool = false
  ) async throws -> (any AttachedSession)? {
    let context = self.context
    return try await entry.lane.run {
      try await Shield.run {
        var operation = ContainerOperation(context, entry, isAttached: isAttached)
        try await operation.settle()
        if let event { try await operation.perform(event) }
        return operation.session
      }
    }
  }

  package func start(_ reference: String) async throws {
    let entry = try context.table.find(reference)
    if entry.state == .running { try await requireNotPaused(entry, to: "start") }
    try await startRequirements(of: entry)
    _ = try await begin(entry)
    try await waitUntilReady(entry)
  }

  /// As `start`, with the streams held. Throws `failedPrecondition` where it runs already.
  package func startAttached(_ reference: String) async throws -> any AttachedSession {
    let entry = try context.table.find(reference)
    try await startRequirements(of: entry)
    guard let session = try await begin(entry, isAttached: true) else {
      throw WherryError(.failedPrecondition, "container \(entry.record.name) is already running")
    }
    return session
  }

  package func stop(_ reference: String, timeout: Duration? = nil, signal: String? = nil) async throws {
    let entry = try context.table.find(reference)
    let number = try signal.map { text throws(WherryError) in try Self.signal(text, flag: "--signal") }
    entry.interrupt()
    _ = try await operate(entry, .stopRequested(signal: number, timeout: timeout))
  }

  package func kill(_ reference: String, signal: String? = nil) async throws {
    let entry = try context.table.find(reference)
    let number = try Self.signal(signal ?? "KILL", flag: "--signal")
    _ = try await operate(entry, .killRequested(signal: number))
  }

  package func restart(_ reference: String, timeout: Duration? = nil, signal: String? = nil) async throws {
    let entry = try context.table.find(reference)
    let number = try signal.map { text throws(WherryError) in try Self.signal(text, flag: "--signal") }
    _ = try await begin(entry, .restartRequested(signal: number, timeout: timeout))
    try await waitUntilReady(entry)
  }

  /// With `volumes`, its anonymous volumes go too.
  package func remove(_ reference: String, force: Bool = false, volumes: Bool = false) async throws {
    let entry = try context.table.find(reference)
    entry.removesVolumes = volumes
    entry.interrupt()
    _ = try await operate(entry, .removeRequested(force: force))
  }

  /// Records what the supervisor sees now: an exit, and with auto-removal its end. A container that is gone already
  /// is no error: hook and watcher may both say so.
  package func settle(_ reference: String) async throws {
    guard let entry = try context.table.findIfPresent(reference) else { return }
    _ = try await operate(entry, nil)
  }

  /// Records what the supervisor sees of all containers, some at a time; one with which something is being done is
  /// passed over: that records it.
  func settleAll() async {
    let entries = context.table.entries.filter { $0.state != .created }
    await withTaskGroup(of: Void.self) { group in
      for (position, entry) in entries.enumerated() {
        if position >= context.settings.maximumObservations { await group.next() }
        group.addTask { await self.settleIfFree(entry) }
      }
    }
  }

  private func settleIfFree(_ entry: ContainerEntry) async {
    let context = self.context
    do {
      try await entry.lane.runIfFree {
        try await Shield.run {
          var operation = ContainerOperation(context, entry)
          try await operation.settle()
        }
      }
    } catch {
      context.settings.report("container \(entry.id.short): recording its end failed: \(error), ignoring")
    }
  }

  /// Removes a container that was to remove itself, when it could not even be started.
  package func removeUnstarted(_ id: String) async {
    do {
      try await remove(id)
    } catch {
      // The failed start may have removed it.
      if WherryError.wrapping(error).code == .notFound { return }
      context.settings.report("container \(id.prefix(12)): removing it failed: \(error), ignoring")
    }
  }

  /// Nil for an unknown one.
  package static func signalNumber(_ text: String) -> Int32? { Signal.number(text) }

  static func signal(_ text: String, flag: String) throws(WherryError) -> Int32 {
    try SpecValidation.validateSignal(text, flag: flag)
    guard let number = Signal.number(text) else {
      throw WherryError(.invalidArgument, "\(flag): unknown signal \(Printable.text(text))")
    }
    return number
  }
}

/// Runs something to its end even when the caller is cancelled meanwhile.
enum Shield {
  static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value
  {
    // A task of its own, awaited at once: the only way to keep cancellation out.
    try await Task { try await body() }.value
  }
}
