import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct LogPlanTests {
  private func record(_ options: [String: String], driver: String? = nil) -> ContainerRecord {
    .sample { record in
      record.spec.labels = ["role": "web", "other": "x"]
      record.environment = ["TIER=front", "SECRET=1"]
      record.spec.log = LogConfig(driver: driver, options: options)
    }
  }

  @Test func optionsOfTheJournalAreRates() throws {
    let plan = try LogPlan(
      record(["rate-limit-interval": "1m30s", "rate-limit-burst": "500"]), supervisor: "systemd")
    #expect(plan.rateInterval == 90_000_000)
    #expect(plan.rateBurst == 500)
  }

  @Test func sizesAreDockers() throws {
    for (text, bytes) in [("10m", 10_000_000), ("20kb", 20_000), ("1g", 1_000_000_000), ("16384", 16_384)] {
      #expect(try LogPlan(record(["max-size": text]), supervisor: "conmon").maximumSize == UInt64(bytes))
    }
  }

  @Test func labelsVariablesAndTagAreDetails() throws {
    let plan = try LogPlan(
      record(["labels": "role,none", "env": "TIER", "tag": "{{.Name}}/{{ .ID }}"]), supervisor: "systemd")
    #expect(plan.tag == "web/0a0a0a0a0a0a")
    #expect(plan.details == ["role": "web", "TIER": "front", "tag": "web/0a0a0a0a0a0a"])
  }

  @Test func aTagCannotPassForTheUnitsHelpers() throws {
    #expect(try LogPlan(record(["tag": "wherry/unit"]), supervisor: "systemd").tag == "wherry-unit")
  }

  @Test(
    arguments: [
      ("systemd", "json-file", [:]), ("conmon", "journald", [:]), ("systemd", "syslog", [:]),
      ("systemd", nil, ["max-size": "10m"]), ("conmon", nil, ["rate-limit-burst": "1"]),
      ("conmon", nil, ["max-file": "3"]), ("systemd", nil, ["nonsense": "1"]),
    ] as [(String, String?, [String: String])])
  func whatTheSupervisorCannotDoIsRefused(supervisor: String, driver: String?, options: [String: String]) {
    #expect(throws: WherryError.self) {
      do throws(WherryError) {
        try LogPlan.validate(LogConfig(driver: driver, options: options), supervisor: supervisor)
      } catch {
        #expect(error.code == .unsupported)
        #expect(error.hint != nil)
        throw error
      }
    }
  }

  @Test(
    arguments: [
      ("systemd", ["rate-limit-interval": "soon"]), ("systemd", ["rate-limit-interval": "-1s"]),
      ("systemd", ["rate-limit-burst": "-1"]), ("conmon", ["max-size": "1k"]),
      ("conmon", ["max-size": "99999999999g"]),
      ("conmon", ["max-size": "ten"]), ("systemd", ["tag": "{{.Bad}}"]), ("systemd", ["tag": "{{.Name"]),
      ("systemd", ["tag": "{{json .}}"]), ("systemd", ["labels": "a\nb"]),
    ] as [(String, [String: String])])
  func whatIsNoValueIsRefused(supervisor: String, options: [String: String]) {
    #expect(throws: WherryError.self) {
      do throws(WherryError) {
        try LogPlan.validate(LogConfig(options: options), supervisor: supervisor)
      } catch {
        #expect(error.code == .invalidArgument)
        throw error
      }
    }
  }

  @Test func theDriverNoneHasNoOptions() {
    #expect(throws: WherryError.self) {
      try LogPlan.validate(LogConfig(driver: "none", options: ["tag": "x"]), supervisor: "systemd")
    }
  }
}
