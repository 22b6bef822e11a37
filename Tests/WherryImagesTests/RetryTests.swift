import Testing
import WherryModel

@testable import WherryImages

@Suite struct RetryTests {
  private static let limits: RegistryLimits = {
    var limits = RegistryLimits()
    limits.attempts = 3
    limits.patience = .seconds(60)
    limits.firstPause = .seconds(1)
    limits.longestPause = .seconds(8)
    return limits
  }()

  @Test func pausesGrowToTheLongestAndEndWithThePatience() {
    let start = ContinuousClock.now
    var machine = RetryMachine(Self.limits, now: start)
    var now = start
    var pauses: [Double] = []
    while let pause = machine.failed(bytes: 0, now: now, random: 0.5) {
      pauses.append(Double(pause.components.seconds))
      now += pause
    }
    #expect(pauses == [1, 2, 4, 8, 8, 8, 8, 8, 8, 8])
  }

  @Test func progressGivesAllPatienceBackAndATrickleDoesNot() {
    let start = ContinuousClock.now
    for (bytes, goesOn) in [(UInt64(64 << 10), true), (UInt64((64 << 10) - 1), false)] {
      var machine = RetryMachine(Self.limits, now: start)
      var now = start
      var attempts = 0
      while attempts < 100, let pause = machine.failed(bytes: bytes, now: now, random: 0.5) {
        now += pause + .seconds(20)
        attempts += 1
      }
      #expect((attempts == 100) == goesOn, "\(bytes)")
    }
  }

  @Test func someAttemptsAreMadeWithoutAnyPatience() {
    var limits = Self.limits
    limits.patience = .zero
    var machine = RetryMachine(limits, now: .now)
    #expect(machine.failed(bytes: 0, now: .now, random: 0) == .milliseconds(750))
    #expect(machine.failed(bytes: 0, now: .now, random: 0) == .milliseconds(1500))
    #expect(machine.failed(bytes: 0, now: .now, random: 0) == nil)
  }

  @Test func rateIsPaidForByWaiting() throws {
    #expect(RateLimiter(bytesPerSecond: 0) == nil)
    let limiter = try #require(RateLimiter(bytesPerSecond: 1000))
    let now = ContinuousClock.now + .seconds(10)
    #expect(limiter.reserve(500, now: now) == .milliseconds(500))
    #expect(limiter.reserve(500, now: now) == .seconds(1))
    // What was not used is not saved up.
    #expect(limiter.reserve(1000, now: now + .seconds(60)) == .seconds(1))
  }
}
