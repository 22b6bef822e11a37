import Testing
import WherryModel

@testable import WherryDaemon

@Suite struct SettingsTests {
  func settings(_ json: String) throws -> DaemonSettings {
    var settings = DaemonSettings()
    try SettingsFile.parse(Array(json.utf8), path: "daemon.json").apply(to: &settings)
    return settings
  }

  @Test func emptyFileChangesNothing() throws {
    #expect(try settings("{}") == DaemonSettings())
  }

  @Test func everyKeyIsApplied() throws {
    let settings = try settings(
      """
      {"state-directory":"/s","run-directory":"/r","idle-exit":2.5,"supervisor":"conmon",
       "runtime":"/usr/bin/crun","group":"staff","insecure-registries":["10.0.0.1:5000"],
       "max-connections":100,"max-connections-per-peer":10,"hello-timeout":1.5}
      """)
    #expect(settings.stateDirectory == "/s")
    #expect(settings.listenPath == "/r/wherry.sock")
    #expect(settings.idleExit == .milliseconds(2500))
    #expect(settings.supervisor == .conmon)
    #expect(settings.runtime == "/usr/bin/crun")
    #expect(settings.group == "staff")
    #expect(settings.insecureRegistries == ["10.0.0.1:5000"])
    #expect(settings.maximumConnections == 100)
    #expect(settings.maximumConnectionsPerPeer == 10)
    #expect(settings.helloTimeout == .milliseconds(1500))
  }

  @Test(arguments: [
    #"{"unknown":1}"#, #"{"idle-exit":-1}"#, #"{"idle-exit":1e300}"#, #"{"supervisor":"upstart"}"#,
    #"{"state-directory":"relative"}"#, #"{"group":1}"#, #"{"group":"a","group":"b"}"#, "[]", "",
    #"{"max-connections":0}"#, #"{"max-connections-per-peer":-1}"#, #"{"hello-timeout":0}"#,
    #"{"hello-timeout":1e9}"#, #"{"max-connections":1.5}"#,
  ])
  func badSettingIsRefused(_ json: String) {
    #expect(throws: WherryError.self) { try settings(json) }
  }

  @Test func unknownKeyIsNamed() throws {
    let error = try #require(throws: WherryError.self) { try settings(#"{"idle-exti":1}"#) }
    #expect(error.message.contains("idle-exti"))
    #expect(error.hint?.contains("idle-exit") == true)
  }
}
