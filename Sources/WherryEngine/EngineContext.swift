import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// What the services share.
struct EngineContext: Sendable {
  let supervisor: any Supervisor
  let roots: any RootFilesystems
  let pool: BlockingPool
  let walks: FileWalks
  let settings: EngineSettings
  let records: RecordShelf
  let store: Store
  let run: RunDirectory
  let table: ContainerTable
  let images: Images
  let networks: Networks
  let volumes: Volumes
  let notices: Notices
  let events: EventLog
  /// Between mounts of layers and changes of them.
  let layerGate = LayerGate()
  let bootGuard: BootGuard
  let cleanups: CleanupRequests

  func stopSignal(of record: ContainerRecord) -> Int32 { Signal.number(record.stopSignal) ?? 15 }

  func stopTimeout(of record: ContainerRecord) -> Duration {
    guard let seconds = record.spec.stopTimeout else { return settings.defaultStopTimeout }
    return .seconds(Int64(clamping: seconds))
  }

  /// Docker's default is the short ID; on the device's network, the device's name.
  func hostname(of record: ContainerRecord, id: ContainerID) -> String {
    if let wanted = record.spec.hostname, !wanted.isEmpty { return wanted }
    return ContainerRecordFacts.network(record) == "host" ? settings.hostname : id.short
  }

  /// A container runs now: somebody must see its end, where the supervisor needs that.
  func watch(_ id: ContainerID) {
    if supervisor.needsResidentDaemon { notices.send(.started(id)) }
  }

  /// A container's exit was seen and is not recorded yet.
  func noticed(_ id: ContainerID) { notices.send(.exited(id)) }
}
