import Synchronization
import WherryLinux
import WherryModel

/// Who uses the root of a container that does not run, as copies of files do. What changes the container waits a while
/// for them, then makes them end: a client that stalls must not hold up a start.
final class RootLeases: Sendable {
  private struct State {
    var next: UInt64 = 0
    var holders: [UInt64: @Sendable () -> Void] = [:]
    /// Holders that were made to end.
    var broken: Set<UInt64> = []
    /// Mounted for holders; told under the container's lane only.
    var isMounted = false
    /// Still mounted from the run that has ended.
    var isLeft = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var isMounted: Bool {
    get { state.withLock(\.isMounted) }
    set { state.withLock { $0.isMounted = newValue } }
  }

  var isLeft: Bool {
    get { state.withLock(\.isLeft) }
    set { state.withLock { $0.isLeft = newValue } }
  }

  var isHeld: Bool { state.withLock { !$0.holders.isEmpty } }

  /// To be called in the container's lane.
  func take() -> UInt64 {
    state.withLock { state in
      state.next += 1
      state.holders[state.next] = {}
      return state.next
    }
  }

  /// How the holder is made to end. It is at once where that was wanted meanwhile.
  func setEnd(_ ticket: UInt64, _ end: @escaping @Sendable () -> Void) {
    let isBroken = state.withLock { state in
      if state.holders[ticket] != nil { state.holders[ticket] = end }
      return state.broken.contains(ticket)
    }
    if isBroken { end() }
  }

  /// True where it was made to end.
  func giveBack(_ ticket: UInt64) -> Bool {
    let (isBroken, waiters) = state.withLock { state in
      state.holders[ticket] = nil
      let isBroken = state.broken.remove(ticket) != nil
      guard state.holders.isEmpty else { return (isBroken, [CheckedContinuation<Void, Never>]()) }
      defer { state.waiters = [] }
      return (isBroken, state.waiters)
    }
    for waiter in waiters { waiter.resume() }
    return isBroken
  }

  /// Makes all holders end.
  func breakAll() {
    let ends = state.withLock { state in
      state.broken.formUnion(state.holders.keys)
      return Array(state.holders.values)
    }
    for end in ends { end() }
  }

  /// Suspends until nobody holds one; not cancellable: what is broken ends soon.
  func waitUntilFree() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.holders.isEmpty { return true }
        state.waiters.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }
}

extension EngineContext {
  /// How long a start or a removal waits for copies from a stopped container before it ends them.
  static let copyPatience = Duration.seconds(10)

  /// Takes the root away from those who copy files, and what is left of it from the last run; the caller has the
  /// container's lane. They get as long as `patience` to come to their end.
  func reclaimRoot(of entry: ContainerEntry, patience: Duration) async throws {
    let leases = entry.leases
    if leases.isHeld {
      let settings = settings
      await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          await leases.waitUntilFree()
          return true
        }
        group.addTask {
          do { try await settings.sleep(patience) } catch {}
          return false
        }
        if await group.next() == false { leases.breakAll() }
        group.cancelAll()
      }
    }
    guard leases.isMounted || leases.isLeft else { return }
    try await unmountRoot(of: entry.record, id: entry.id)
    leases.isMounted = false
    leases.isLeft = false
  }
}
