import Testing
import WherryCBOR
import WherryRPC
import WherryWire

@testable import WherryClient

struct TraceLineTests {
  @Test func credentialsAreNotShown() {
    let credential = "dXNlcjpzZWNyZXQ="
    var pull = ImagePullParams(reference: "box")
    pull.credential = credential
    var push = ImagePushParams(reference: "box")
    push.credential = credential
    let login = ImageLoginParams(registry: "box", credential: credential)
    let list = RegistryListParams(question: .tags, place: "box", credential: credential)
    let requests: [(RPCMethod, [UInt8])] = [
      (.imagePull, pull.cbor), (.imagePush, push.cbor), (.imageLogin, login.cbor),
      (.registryList, list.cbor),
    ]
    for (method, params) in requests {
      let message = Message.request(StreamID(rawValue: 1), method: method.number, params: params, deadline: 5)
        .encoded()
      let line = TraceLine.text(.sent, message[...], at: .microseconds(12))
      #expect(line.hasPrefix("+0.000012 > \(message.count) B request \(method.name) ["))
      #expect(line.contains("\"box\"") && line.contains("hidden") && !line.contains(credential), "\(line)")
    }
  }
}
