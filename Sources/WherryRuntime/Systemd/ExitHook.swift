import Glibc
import WherryLinux
import WherryModel
import WherryStore
import WherrySystemd

/// What the units of containers call: `wherry internal VERB RUN-DIRECTORY ID`.
package enum ExitHook {
  /// What every start and end of a container runs, without tasks and threads. `arguments` start with the verb; nil
  /// where it is for `main` to do.
  package static func mainWithoutTasks(_ arguments: [String]) -> Int32? {
    do {
      switch arguments.first {
      case "container-exited": try ContainerExited(files: try files(arguments), environment: .current).run()
      case "container-launch":
        let files = try files(arguments)
        let facts = try LaunchPrologue(files: files).run()
        if facts.usesMonitor {
          try ContainerLaunchStep(files: files, facts: facts).run()
        } else {
          try DirectLaunchStep(files: files, facts: facts).run()
        }
      default: return nil
      }
      return 0
    } catch {
      return tell(.wrapping(error))
    }
  }

  /// Returns the exit code.
  package static func main(_ arguments: [String]) async -> Int32 {
    do {
      let files = try files(arguments)
      switch arguments.first {
      case "container-ready": try await ContainerReadyStep(files: files).run()
      case "container-health-begin": try await HealthHook(files: files).begin()
      case "container-health-probe": try await HealthHook(files: files).probe()
      default: throw WherryError(.invalidArgument, "unknown verb \(arguments[0].prefix(40).debugDescription)")
      }
      return 0
    } catch {
      return tell(.wrapping(error))
    }
  }

  private static func files(_ arguments: [String]) throws(WherryError) -> ContainerFiles {
    guard arguments.count == 3, arguments[1].hasPrefix("/") else {
      throw WherryError(
        .invalidArgument, "usage: wherry internal container-exited|container-launch RUN-DIRECTORY ID")
    }
    return ContainerFiles(run: RunDirectory(arguments[1]), id: try ContainerID(arguments[2]))
  }

  private static func tell(_ error: WherryError) -> Int32 {
    let text = "wherry: \(error)"
    let sent =
      JournalWriter.isConnected
      && JournalWriter.send([
        ("MESSAGE", text), ("PRIORITY", "3"), ("SYSLOG_IDENTIFIER", UnitPlan.helperIdentifier),
      ])
    if !sent { _ = write(2, text + "\n", text.utf8.count + 1) }
    return 1
  }
}

/// What systemd tells `ExecStopPost=` (systemd.exec(5)).
struct StopEnvironment: Sendable, Equatable {
  var serviceResult: String
  /// `exited`, `killed` or `dumped`; nil where no main process ever ran.
  var exitCode: String?
  /// A number, or a signal's name.
  var exitStatus: String?

  static var current: StopEnvironment {
    StopEnvironment(
      serviceResult: value("SERVICE_RESULT") ?? "success", exitCode: value("EXIT_CODE"),
      exitStatus: value("EXIT_STATUS"))
  }

  private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The code as Docker reports it; nil where the process never ran.
  var code: UInt8? {
    guard let exitCode, let exitStatus else { return nil }
    if exitCode == "exited" { return UInt8(exitStatus) ?? 255 }
    return Signal.number(exitStatus).map { UInt8(clamping: 128 + Int($0)) } ?? 255
  }
}
