package import WherryModel
package import WherryOCI

/// All a supervisor needs to start a container's first process.
package struct ContainerLaunch: Sendable {
  package var id: ContainerID
  package var name: ContainerName
  /// For the journal's IMAGE_NAME field.
  package var imageName: String
  /// The complete OCI configuration; its root is mounted.
  package var runtime: RuntimeSpec
  package var resources: ResourceLimits
  package var restart: RestartRule
  package var stopSignal: Int32
  package var stopTimeout: Duration
  /// Removed by the engine when it has ended.
  package var autoRemove: Bool
  package var openStdin: Bool
  /// How to find out whether it is well.
  package var health: HealthLaunch?
  /// What a start waits for.
  package var readiness: ReadinessPlan?
  package var log = LogPlan()
  /// Those that must run beside it.
  package var requires: [ContainerID] = []
  /// Those whose namespaces it joins, by kind: bound at each start where the run directory says.
  package var joins: [String: ContainerID] = [:]

  package init(
    id: ContainerID, name: ContainerName, imageName: String, runtime: RuntimeSpec, resources: ResourceLimits,
    restart: RestartRule,
    stopSignal: Int32, stopTimeout: Duration, autoRemove: Bool, openStdin: Bool
  ) {
    self.id = id
    self.name = name
    self.imageName = imageName
    self.runtime = runtime
    self.resources = resources
    self.restart = restart
    self.stopSignal = stopSignal
    self.stopTimeout = stopTimeout
    self.autoRemove = autoRemove
    self.openStdin = openStdin
  }
}

/// A container's health check, resolved: the process is executed in it.
package struct HealthLaunch: Sendable {
  /// In the environment of all that a probe starts, so that what outlives its time is found.
  package static let variable = "WHERRY_HEALTH_PROBE"

  package var plan: HealthPlan
  package var process: RuntimeSpec.Process

  package init(plan: HealthPlan, process: RuntimeSpec.Process) {
    self.plan = plan
    self.process = process
  }
}

/// Docker's restart policies.
package enum RestartRule: Sendable, Equatable {
  case no
  case always
  case onFailure(maximumRetries: UInt64?)
  case unlessStopped
}

/// A further process in a running container.
package struct ExecLaunch: Sendable {
  /// Arguments, environment, working directory, numeric user, capabilities: resolved.
  package var process: RuntimeSpec.Process
  package var openStdin: Bool

  package init(process: RuntimeSpec.Process, openStdin: Bool) {
    self.process = process
    self.openStdin = openStdin
  }
}
