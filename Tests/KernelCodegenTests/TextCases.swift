import Basics
import Foundation
import KernelCodegen
import Machine
import Testing

/// Requests as text, and the kernel IR that they become: `Cases/<name>.<target>.request.txt` and `….kernel.txt`; `REGLAZE_BLESS=1` rewrites the latter.
@Suite struct TextCases {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".request.txt") }.map { String($0.dropLast(".request.txt".count)) }.sorted()
    }()

    @Test(arguments: names)
    func `a request becomes the kernel that is kept`(_ name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "\(name).request.txt"), encoding: .utf8)
        let request = try KernelRequest(text: text)
        let target = try #require(TargetDescription.preset(named: String(name.split(separator: ".").last ?? "")))
        let made = try kernelText(request, target: TargetView(target))
        let file = Self.folder.appending(path: "\(name).kernel.txt")
        if ProcessInfo.processInfo.environment["REGLAZE_BLESS"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(made == kept, "the case \(name) has changed; REGLAZE_BLESS=1 rewrites it")
        try KernelRunner(request, target).check(tolerance: 1e-5)
    }

    @Test func `there are cases`() { #expect(Self.names.count >= 5) }

    @Test func `the text form is read back`() throws {
        var requests = [Requests.Convolution(groups: 2, hasResidual: true).request, Requests.linear(3, 4, 5, .bf16)]
        requests.append(Requests.attention(batch: 2, heads: 3, tokens: 4, width: 5, transposed: true))
        requests.append(AttentionTests.Shape(heads: 4, group: 2, isCausal: true, mask: .added).request)
        requests.append(CopyTests.permutation([2, 3, 4], [2, 0, 1]))
        requests.append(LaneTests.request([4, 6]) { lanes, values in LaneTests.softmax(&lanes, values[0]) })
        for request in requests {
            #expect(try KernelRequest(text: request.description) == request)
            #expect(try KernelRequest(canonicalBytes: request.canonicalBytes) == request)
        }
    }

    @Test(arguments: [
        ("operand input f33 [1]", 1), ("lanes [1]\n%1 = root", 2), ("lanes [1]\n%0 = frobnicate %0", 2), ("lanes [1]\noutput %0 to", 2),
        ("contraction depth=3", 1), ("batch count=2", 1), ("", 1), ("lanes [1] 2", 1),
    ])
    func `text that is no request is refused with its line`(_ text: String, _ line: Int) {
        let error = #expect(throws: RequestSyntaxError.self) { _ = try KernelRequest(text: text) }
        #expect(error?.line == line)
    }
}
