import Testing
import WherryCBOR
import WherryModel
import WherryWire

struct NamedNumberTests {
  @Test func namesAndNumbersCorrespond() {
    for state in ContainerState.known { #expect(ContainerState(name: state.description) == state) }
    #expect(ContainerState.running.rawValue == 1)
    #expect(RestartKind.onFailure.description == "on-failure")
    #expect(RestartKind(name: "sometimes") == nil)
    #expect(WherryError.Code.noSpace.description == "no-space")
    #expect(WherryError.Code(name: "internal") == .internal)
  }

  @Test func anUnknownNumberSurvives() throws {
    let state = try ContainerState(cbor: [0x18, 200])
    #expect(state.rawValue == 200)
    #expect(state.description == "200")
    #expect(state.cbor == [0x18, 200])
    let body = try ErrorBody(cbor: [0xa2, 0x01, 0x19, 0x03, 0xe8, 0x02, 0x60])
    #expect(body.code.rawValue == 1000)
  }

  @Test func timestampsAreNanoseconds() throws {
    let time = Timestamp(nanoseconds: 1_700_000_000_123_456_789)
    #expect(try Timestamp(cbor: time.cbor) == time)
    #expect(time.cbor.count == 9)
  }
}
