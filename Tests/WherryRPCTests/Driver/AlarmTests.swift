import Testing
import WherryModel
import WherryRPC
import WherryWire

/// What a driver asks of its time source: one alarm at most, and none when it is over.
struct AlarmTests {
  @Test
  func aConnectionThatIsOverKeepsNoAlarm() {
    let peer = RawPeer()
    #expect(peer.time.pending == 1)
    peer.send(Bench.hello())
    #expect(peer.time.pending == 1)
    peer.disconnect()
    #expect(peer.time.pending == 0)
  }

  @Test
  func anEarlierMomentTakesTheAlarmOver() async {
    let peer = RawPeer(service: Service { _ in await untilCancelled() })
    peer.send(Bench.hello())
    for number in 0..<3 {
      let stream = StreamID(rawValue: UInt64(number) * 2 + 1)
      peer.send(
        .request(
          stream, method: RPCMethod.systemVersion.number, params: [0xa0], deadline: UInt64(9 - number)))
    }
    #expect(peer.time.pending == 1)
    peer.time.pass(.milliseconds(9))
    #expect(peer.time.pending <= 1)
    peer.disconnect()
    #expect(peer.time.pending == 0)
  }
}
