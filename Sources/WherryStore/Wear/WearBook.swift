import WherryLinux
package import WherryModel

/// Where ledgers of wear are: in the run directory as they are now, in the state folder as they were saved. Units' hooks
/// and the daemon write them, one at a time. All calls block, shortly.
package struct WearBook: Sendable {
  package let run: RunDirectory
  /// Nothing is saved where nil.
  package let state: StateDirectory?

  package init(run: RunDirectory, state: StateDirectory?) {
    self.run = run
    self.state = state
  }

  private var folder: String { run.path + "/wear" }
  private func current(_ name: String) -> String { "\(folder)/\(name)" }
  /// Of a container beside its record, so that it goes with that.
  private func saved(_ name: String) -> String? {
    state.map { name == Self.device ? "\($0.path)/wear" : "\($0.containers)/\(name)/wear" }
  }

  private static let device = "device"
  private static let maximumSize = 16 << 10

  package func ledger(of id: ContainerID) throws(WherryError) -> WearLedger { try read(id.rawValue) }
  package func deviceLedger() throws(WherryError) -> WearLedger { try read(Self.device) }

  package func note(_ events: [WearLedger.Event], of id: ContainerID) throws(WherryError) {
    try change(id.rawValue, events)
  }

  package func noteDevice(_ events: [WearLedger.Event]) throws(WherryError) {
    try change(Self.device, events)
  }

  /// Of a container that is removed: what it wrote counts among those that were.
  package func forget(_ id: ContainerID) throws(WherryError) {
    var failure: WherryError?
    do throws(WherryError) {
      let written = try ledger(of: id).total(.written) ?? 0
      if written > 0 { try noteDevice([.added(.removed, written)]) }
    } catch {
      failure = error
    }
    try WherryError.converting { () throws(SystemError) in
      _ = try Files.unlink(current(id.rawValue))
      if let path = saved(id.rawValue) { _ = try Files.unlink(path) }
    }
    if let failure { throw failure }
  }

  /// What was not written, or cannot be understood, has not been counted.
  private func read(_ name: String) throws(WherryError) -> WearLedger {
    let bytes = try WherryError.converting { () throws(SystemError) in
      try Files.readIfPresent(current(name), maximum: Self.maximumSize)
    }
    if let bytes, let ledger = WearLedger(String(decoding: bytes, as: UTF8.self)) { return ledger }
    guard let path = saved(name) else { return WearLedger() }
    do throws(WherryError) {
      guard let payload = try RecordFile.read(path) else { return WearLedger() }
      return WearLedger(String(decoding: payload, as: UTF8.self)) ?? WearLedger()
    } catch {
      // Damaged: a count that begins anew is of more use than none. The next save replaces it.
      if error.code == .dataLoss { return WearLedger() }
      throw error
    }
  }

  private func change(_ name: String, _ events: [WearLedger.Event]) throws(WherryError) {
    let lock = try WherryError.converting { () throws(SystemError) -> FileDescriptor in
      try Files.makeDirectories(folder)
      let file = try FileDescriptor.open("\(folder)/.lock", [.writeOnly, .create], mode: 0o600)
      try file.lock(exclusive: true)
      return file
    }
    // Held until here is left.
    defer { _ = lock.rawValue }
    var ledger = try read(name)
    let action = ledger.handle(events)
    let text = Array(ledger.text.utf8)
    try WherryError.converting { () throws(SystemError) in try Files.replace(current(name), text) }
    if action == .save, let path = saved(name) { try RecordFile.write(text, to: path) }
  }
}
