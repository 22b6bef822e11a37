import Synchronization
import WherryLinux
package import WherryModel
import WherryWire

/// One container as the daemon holds it in memory: a machine, and the lane its operations queue in.
package final class ContainerEntry: Sendable {
  package let id: ContainerID
  /// Operations that change the container run one after the other.
  let lane = SerialLane()
  /// Copies of files while it does not run.
  let leases = RootLeases()
  private let box: Mutex<Box>
  private let volumesGo = Atomic<Bool>(false)
  private let interruptionCount = Atomic<UInt64>(0)
  private let restartPending = Atomic<Bool>(false)
  /// Nanoseconds; 0 is none.
  private let restartTime = Atomic<UInt64>(0)

  private enum Box {
    /// Loaded, and not yet compared with what the supervisor sees.
    case unobserved(ContainerRecord)
    case machine(ContainerMachine)
  }

  init(id: ContainerID, loaded record: ContainerRecord) {
    self.id = id
    box = Mutex(.unobserved(record))
  }

  init(id: ContainerID, created record: ContainerRecord) {
    self.id = id
    box = Mutex(.machine(ContainerMachine(created: record)))
  }

  /// Whether its anonymous volumes are to go with it.
  var removesVolumes: Bool {
    get { volumesGo.load(ordering: .relaxed) }
    set { volumesGo.store(newValue, ordering: .relaxed) }
  }
  /// How often somebody wanted it down: a start that still waits is given up then.
  var interruptions: UInt64 { interruptionCount.load(ordering: .relaxed) }
  func interrupt() { interruptionCount.wrappingAdd(1, ordering: .relaxed) }

  /// Whether the engine waits to start it again, as its policy says.
  var isRestartPending: Bool {
    get { restartPending.load(ordering: .relaxed) }
    set { restartPending.store(newValue, ordering: .relaxed) }
  }

  /// When the engine starts it again.
  var restartDue: Timestamp? {
    get {
      let time = restartTime.load(ordering: .relaxed)
      return time == 0 ? nil : Timestamp(nanoseconds: time)
    }
    set { restartTime.store(newValue?.nanoseconds ?? 0, ordering: .relaxed) }
  }

  package var record: ContainerRecord {
    box.withLock { box in
      switch box {
      case .unobserved(let record): record
      case .machine(let machine): machine.record
      }
    }
  }

  /// Nil while the supervisor has not been asked.
  var state: ContainerMachine.State? {
    box.withLock { box in
      guard case .machine(let machine) = box else { return nil }
      return machine.state
    }
  }

  var isStartKnown: Bool {
    box.withLock { box in
      guard case .machine(let machine) = box else { return false }
      return machine.isStartKnown
    }
  }

  /// Gives the machine a fact; the new state is stored before any action is taken.
  func handle(_ event: ContainerMachine.Event) throws(WherryError) -> [ContainerMachine.Action] {
    try box.withLock { box throws(WherryError) in
      switch (box, event) {
      case (.unobserved(let record), .observed(let observation, let now)):
        let (machine, actions) = ContainerMachine.recovered(record, observation: observation, at: now)
        box = .machine(machine)
        return actions
      case (.unobserved(let record), _):
        // Never reached: operations observe first.
        throw WherryError(.internal, "container \(record.name) has not been observed")
      case (.machine(var machine), _):
        let actions = try machine.handle(event)
        box = .machine(machine)
        return actions
      }
    }
  }
}
