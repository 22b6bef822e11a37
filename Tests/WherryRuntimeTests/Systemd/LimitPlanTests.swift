import Testing
import WherryEngine
import WherrySystemd

@testable import WherryRuntime

@Suite struct LimitPlanTests {
  private static func limits(_ change: (inout ResourceLimits) -> Void) -> ResourceLimits {
    var limits = ResourceLimits()
    change(&limits)
    return limits
  }

  private static func device(_ change: (inout BlockDeviceLimit) -> Void) -> BlockDeviceLimit {
    var device = BlockDeviceLimit(path: "/dev/sda", major: 8, minor: 0)
    change(&device)
    return device
  }

  static let cases: [(ResourceLimits, [UnitProperty])] = [
    (ResourceLimits(), []),
    // As much swap as memory; systemd counts swap alone, Docker both together.
    (limits { $0.memory = 100 }, [.init("MemoryMax", .uint64(100)), .init("MemorySwapMax", .uint64(100))]),
    (
      limits {
        $0.memory = 100
        $0.memorySwap = 100
      }, [.init("MemoryMax", .uint64(100)), .init("MemorySwapMax", .uint64(0))]
    ),
    (
      limits {
        $0.memory = 100
        $0.memorySwap = .max
      }, [.init("MemoryMax", .uint64(100)), .init("MemorySwapMax", .uint64(.max))]
    ),
    (limits { $0.memoryReservation = 7 }, [.init("MemoryLow", .uint64(7))]),
    (limits { $0.nanoCPUs = 1_500_000_000 }, [.init("CPUQuotaPerSecUSec", .uint64(1_500_000))]),
    // Never none.
    (limits { $0.nanoCPUs = 1 }, [.init("CPUQuotaPerSecUSec", .uint64(1))]),
    (
      limits {
        $0.cpuQuota = 25_000
        $0.cpuPeriod = 50_000
      }, [.init("CPUQuotaPerSecUSec", .uint64(500_000)), .init("CPUQuotaPeriodUSec", .uint64(50_000))]
    ),
    (
      limits {
        $0.cpuQuota = .max
        $0.cpuPeriod = 0
      }, [.init("CPUQuotaPerSecUSec", .uint64(.max)), .init("CPUQuotaPeriodUSec", .uint64(0))]
    ),
    (limits { $0.processors = IndexList("0,9") }, [.init("AllowedCPUs", .bytes([1, 2]))]),
    (limits { $0.memoryNodes = IndexList("1") }, [.init("AllowedMemoryNodes", .bytes([2]))]),
    (limits { $0.pids = 5 }, [.init("TasksMax", .uint64(5))]),
    (limits { $0.blockWeight = 10 }, [.init("IOWeight", .uint64(1))]),
    (limits { $0.blockWeight = 1000 }, [.init("IOWeight", .uint64(10_000))]),
    (limits { $0.blockWeight = .max }, [.init("IOWeight", .uint64(10_000))]),
    (
      limits {
        $0.blockDevices = [
          device {
            $0.readBytes = 1
            $0.writeOperations = 2
          }
        ]
      },
      [
        .init("IOReadBandwidthMax", .rates([.init("/dev/sda", 1)])),
        .init("IOWriteIOPSMax", .rates([.init("/dev/sda", 2)])),
      ]
    ),
  ]

  @Test(arguments: cases)
  func limitsAreSystemds(limits: ResourceLimits, properties: [UnitProperty]) {
    #expect(LimitPlan.properties(limits) == properties)
  }

  @Test func onlyWhatDiffersIsChangedAndWhatIsTakenAwayIsUnlimited() {
    let before = Self.limits {
      $0.memory = 100
      $0.pids = 5
      $0.nanoCPUs = 1_000_000_000
    }
    let after = Self.limits {
      $0.memory = 200
      $0.memorySwap = 300
      $0.nanoCPUs = 1_000_000_000
    }
    let changes = LimitPlan.changes(ContainerChange(before: before, after: after, restart: nil))
    #expect(changes == [.init("MemoryMax", .uint64(200)), .init("TasksMax", .uint64(.max))])
    #expect(LimitPlan.changes(ContainerChange(before: before, after: before, restart: nil)).isEmpty)
  }
}
