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
  /// Those that must run beside it.
  package var requires: [ContainerID] = []

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

/// Limits the supervisor enforces through cgroups.
package struct ResourceLimits: Sendable, Equatable {
  /// Bytes.
  package var memory: UInt64?
  /// Billionths of a CPU.
  package var nanoCPUs: UInt64?
  package var pids: UInt64?

  /// Weight beside others, 2 to 262144.
  package var cpuShares: UInt64?
  /// Bytes that are taken away last.
  package var memoryReservation: UInt64?
  /// Bytes of memory and swap together; twice the memory where nil.
  package var memorySwap: UInt64?

  package init(
    memory: UInt64? = nil, nanoCPUs: UInt64? = nil, pids: UInt64? = nil, cpuShares: UInt64? = nil,
    memoryReservation: UInt64? = nil, memorySwap: UInt64? = nil
  ) {
    self.memory = memory
    self.nanoCPUs = nanoCPUs
    self.pids = pids
    self.cpuShares = cpuShares
    self.memoryReservation = memoryReservation
    self.memorySwap = memorySwap
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
