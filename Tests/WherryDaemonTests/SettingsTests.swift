import Testing
import WherryEngine
import WherryImages
import WherryLinux
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
       "max-connections":100,"max-connections-per-peer":10,"hello-timeout":1.5,
       "verify-after-unclean-boot":false,"storage-rating":{"terabytes-written":30,"years":3}}
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
    #expect(!settings.verifiesAfterUncleanBoot)
    #expect(settings.storageRating == StorageRating(bytes: 30_000_000_000_000, years: 3))
    #expect(DaemonSettings().verifiesAfterUncleanBoot)
  }

  @Test func keysOfPluginsAreApplied() throws {
    let applied = try settings(#"{"plugin-directories":["/a","/b"],"authorization-plugins":["guard","b.c"]}"#)
    #expect(applied.pluginDirectories == ["/a", "/b"])
    #expect(applied.authorizationPlugins == ["guard", "b.c"])
    #expect(DaemonSettings().pluginDirectories == ["/etc/wherry/plugins", "/usr/lib/wherry/plugins"])
  }

  /// A rule that cannot be kept must not be taken for one that is.
  @Test(arguments: [
    #"{"plugin-directories":[]}"#, #"{"plugin-directories":["relative"]}"#,
    #"{"plugin-directories":["/1","/2","/3","/4","/5","/6","/7","/8","/9"]}"#,
    #"{"authorization-plugins":["../guard"]}"#, #"{"authorization-plugins":[""]}"#,
    #"{"authorization-plugins":["a","a"]}"#, #"{"authorization-plugins":["local"]}"#,
    #"{"authorization-plugins":"guard"}"#,
  ])
  func keysOfPluginsThatAreNone(json: String) {
    #expect(throws: WherryError.self) { try settings(json) }
  }

  @Test func everyKeyOfCleanupIsApplied() throws {
    let policy = try settings(
      """
      {"cleanup":{"enabled":false,"keep-previous":3,"minimum-age":1,"maximum-age":2,"high-threshold":70,
       "low-threshold":60,"staging-age":3,"damaged-age":4,"damaged-size":5}}
      """
    ).cleanup
    var expected = CleanupPolicy()
    expected.isOn = false
    expected.keepPrevious = 3
    expected.minimumAge = .seconds(1)
    expected.maximumAge = .seconds(2)
    expected.highThreshold = 70
    expected.lowThreshold = 60
    expected.stagingAge = .seconds(3)
    expected.damagedAge = .seconds(4)
    expected.damagedSize = 5
    #expect(policy == expected)
    #expect(try settings(#"{"cleanup":{"maximum-age":0}}"#).cleanup.maximumAge == nil)
  }

  @Test func everyKeyOfSignaturesIsApplied() throws {
    let policy = try settings(
      """
      {"signatures":{"*":{"policy":"reject"},"docker.io/library/":{"policy":"accept"},
       "reg.example/team":{"policy":"require","keys":["/a","/b"],"signed-as":"vendor.example"}}}
      """
    ).registries.signatures
    #expect(
      policy.rules == [
        try SignatureRule(prefix: "*", verdict: .reject),
        try SignatureRule(prefix: "docker.io/library", verdict: .accept),
        try SignatureRule(
          prefix: "reg.example/team", verdict: .require(keys: ["/a", "/b"]), signedAs: "vendor.example"),
      ])
  }

  @Test(
    arguments: [
      (#"{"alpine":{"policy":"reject"}}"#, "alpine"), (#"{"reg.example":{}}"#, "reg.example"),
      (#"{"reg.example":{"policy":"deny"}}"#, "deny"), (#"{"reg.example":{"policy":1}}"#, "policy"),
      (#"{"reg.example":{"policy":"require"}}"#, "reg.example"),
      (#"{"reg.example":{"policy":"require","keys":[]}}"#, "reg.example"),
      (#"{"reg.example":{"policy":"require","keys":["relative"]}}"#, "relative"),
      (#"{"reg.example":{"policy":"require","keys":"/a"}}"#, "keys"),
      (#"{"reg.example":{"policy":"reject","keys":["/a"]}}"#, "reg.example"),
      (#"{"reg.example":{"policy":"reject","key":["/a"]}}"#, "key"),
      (#"{"reg.example":{"policy":"require","keys":["/a"],"signed-as":"x"}}"#, "x"),
      (#"{"*":{"policy":"require","keys":["/a"],"signed-as":"reg.example"}}"#, "signed-as"),
      (#"{"reg.example":{"policy":"reject"},"REG.example/":{"policy":"accept"}}"#, "reg.example"),
      ("[]", "signatures"),
    ] as [(String, String)])
  func badRuleOfSignaturesIsRefusedByName(_ rules: String, _ name: String) throws {
    let error = try #require(throws: WherryError.self) { try settings(#"{"signatures":\#(rules)}"#) }
    #expect(error.message.contains("signatures"), "\(error)")
    #expect(error.message.contains(name), "\(error)")
  }

  @Test(arguments: [
    #"{"unknown":1}"#, #"{"idle-exit":-1}"#, #"{"idle-exit":1e300}"#, #"{"supervisor":"upstart"}"#,
    #"{"state-directory":"relative"}"#, #"{"group":1}"#, #"{"group":"a","group":"b"}"#, "[]", "",
    #"{"max-connections":0}"#, #"{"max-connections-per-peer":-1}"#, #"{"hello-timeout":0}"#,
    #"{"storage-rating":{}}"#, #"{"storage-rating":{"terabytes-written":0}}"#,
    #"{"storage-rating":{"terabytes-written":1,"years":0}}"#,
    #"{"storage-rating":{"terabytes-written":1,"x":1}}"#,
    #"{"hello-timeout":1e9}"#, #"{"max-connections":1.5}"#,
    #"{"cleanup":{"unknown":1}}"#, #"{"cleanup":{"keep-previous":101}}"#,
    #"{"cleanup":{"keep-previous":-1}}"#,
    #"{"cleanup":{"minimum-age":-1}}"#, #"{"cleanup":{"damaged-age":1e12}}"#, #"{"cleanup":{"enabled":1}}"#,
    #"{"cleanup":{"high-threshold":101}}"#, #"{"cleanup":{"low-threshold":86}}"#, #"{"cleanup":true}"#,
  ])
  func badSettingIsRefused(_ json: String) {
    #expect(throws: WherryError.self) { try settings(json) }
  }

  /// The rows of the tables in packaging/man/daemon.json.5.md, by section.
  @Test func theManualHasEveryKeyAndNoOther() throws {
    let top = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let path = "\(top)/packaging/man/daemon.json.5.md"
    let text = String(decoding: try Files.read(path, maximum: 1 << 20), as: UTF8.self)
    var keys: [String: [String]] = [:]
    var section = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      if line.hasPrefix("| `") {
        keys[section, default: []] += [String(line.dropFirst(3).prefix { $0 != "`" })]
      }
    }
    #expect(keys["KEYS"] == SettingsFile.Key.allCases.map(\.rawValue))
    #expect(keys["KEYS OF storage-rating"] == StorageRatingKeys.Key.allCases.map(\.rawValue))
    #expect(keys["KEYS OF cleanup"] == CleanupKeys.Key.allCases.map(\.rawValue))
    #expect(keys["KEYS OF registries"] == RegistryKeys.Key.allCases.map(\.rawValue))
    #expect(keys["KEYS OF signatures"] == SignatureKeys.Key.allCases.map(\.rawValue))
  }

  @Test func unknownKeyIsNamed() throws {
    let error = try #require(throws: WherryError.self) { try settings(#"{"idle-exti":1}"#) }
    #expect(error.message.contains("idle-exti"))
    #expect(error.hint?.contains("idle-exit") == true)
  }
}
