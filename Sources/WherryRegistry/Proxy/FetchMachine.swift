/// A blob on its way from upstream, and those who read it meanwhile. Without I/O.
struct FetchMachine: Sendable, Equatable {
  enum State: Sendable, Equatable {
    /// Upstream is asked how large it is. Goes to `fetching`, `failed` or `abandoned`.
    case asking
    /// So many bytes are in the file. Goes to `kept` when they are all there and have the digest, to `failed` or
    /// `abandoned`.
    case fetching(size: UInt64, received: UInt64)
    /// Verified and on disk. Final.
    case kept(size: UInt64)
    /// Final.
    case failed(RegistryProblem)
    /// Nobody wanted it any more. Final.
    case abandoned
  }

  /// What a reader at a position may do.
  enum Outlook: Sendable, Equatable {
    case wait
    /// Bytes before this position are there.
    case readable(to: UInt64)
    case broken(RegistryProblem)
  }

  /// With no more than so many to go nobody need be waiting for it.
  static let worthFinishing: UInt64 = 1 << 20

  private(set) var state = State.asking
  private(set) var readers = 0

  /// False where the fetch is over without the blob: somebody has to begin again.
  mutating func readerJoined() -> Bool {
    if isLost { return false }
    readers += 1
    return true
  }

  /// The last reader went: what is at least half done is finished all the same, the rest is given up.
  mutating func readerLeft() {
    readers -= min(readers, 1)
    guard readers == 0 else { return }
    switch state {
    case .asking: state = .abandoned
    case .fetching(let size, let received):
      let missing = size - min(received, size)
      if missing > received, missing > Self.worthFinishing { state = .abandoned }
    case .kept, .failed, .abandoned: break
    }
  }

  /// False where there is nothing to go on for.
  mutating func sizeFound(_ size: UInt64) -> Bool {
    guard case .asking = state else { return false }
    state = .fetching(size: size, received: 0)
    return true
  }

  /// Bytes are in the file. False where there is nothing to go on for.
  mutating func bytesKept(_ count: Int) -> Bool {
    guard case .fetching(let size, let received) = state else { return false }
    let (sum, overflow) = received.addingReportingOverflow(UInt64(clamping: count))
    guard !overflow, sum <= size else {
      state = .failed(RegistryProblem(502, .unknown, "upstream sent more than \(size) bytes"))
      return false
    }
    state = .fetching(size: size, received: sum)
    return true
  }

  /// The bytes have the digest.
  mutating func verified() {
    guard case .fetching(let size, let received) = state, received == size else { return }
    state = .kept(size: size)
  }

  mutating func failed(_ problem: RegistryProblem) {
    switch state {
    case .asking, .fetching: state = .failed(problem)
    case .kept, .failed, .abandoned: break
    }
  }

  /// The last byte waits for the digest: nobody gets all of something else.
  func outlook(at position: UInt64) -> Outlook {
    switch state {
    case .asking: .wait
    case .fetching(let size, let received):
      position < min(received, size - min(size, 1))
        ? .readable(to: min(received, size - min(size, 1))) : .wait
    case .kept(let size): .readable(to: size)
    case .failed(let problem): .broken(problem)
    case .abandoned: .broken(RegistryProblem(502, .unknown, "the blob was given up"))
    }
  }

  /// Nil while upstream is asked.
  var size: UInt64? {
    switch state {
    case .fetching(let size, _), .kept(let size): size
    case .asking, .failed, .abandoned: nil
    }
  }

  /// There is nothing to wait for any more.
  var isOver: Bool {
    switch state {
    case .asking, .fetching: false
    case .kept, .failed, .abandoned: true
    }
  }

  private var isLost: Bool {
    switch state {
    case .asking, .fetching, .kept: false
    case .failed, .abandoned: true
    }
  }
}
