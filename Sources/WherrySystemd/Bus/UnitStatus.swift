/// What systemd knows of a service unit now (org.freedesktop.systemd1(5)).
package struct UnitStatus: Sendable, Equatable {
  /// `active`, `activating`, `deactivating`, `inactive`, `failed`…
  package var activeState: String
  /// `running`, `start-post`, `stop-post`, `auto-restart`…
  package var subState: String
  /// `success`, `exit-code`, `oom-kill`, `start-limit-hit`…
  package var result: String
  package var mainPID: UInt32
  /// CLD_EXITED, CLD_KILLED or CLD_DUMPED; 0 while it runs.
  package var mainCode: Int32
  package var mainStatus: Int32
  /// Microseconds since 1970; 0 where it did not happen.
  package var mainStarted: UInt64
  package var mainExited: UInt64
  package var restarts: UInt32
  package var controlGroup: String
  package var killSignal: Int32
  package var stopTimeout: UInt64
  /// `Restart=`: `no`, `always`, `on-failure`…
  package var restartPolicy: String

  package init(
    activeState: String, subState: String, result: String = "success", mainPID: UInt32 = 0,
    mainCode: Int32 = 0, mainStatus: Int32 = 0, mainStarted: UInt64 = 0, mainExited: UInt64 = 0,
    restarts: UInt32 = 0, controlGroup: String = "", killSignal: Int32 = 15, stopTimeout: UInt64 = 0,
    restartPolicy: String = "no"
  ) {
    self.activeState = activeState
    self.subState = subState
    self.result = result
    self.mainPID = mainPID
    self.mainCode = mainCode
    self.mainStatus = mainStatus
    self.mainStarted = mainStarted
    self.mainExited = mainExited
    self.restarts = restarts
    self.controlGroup = controlGroup
    self.killSignal = killSignal
    self.stopTimeout = stopTimeout
    self.restartPolicy = restartPolicy
  }
}
