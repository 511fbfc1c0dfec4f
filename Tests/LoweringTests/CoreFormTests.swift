import Machine
import OperatorTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Decompositions against PyTorch's own: small modules captured as written and as core ATen, both lowered, both run, both compared with PyTorch's numbers.
///
/// Captures some thirty modules, half a minute: set `REGLAZE_CORE_FORMS`.
@Suite struct CoreFormTests {
    @Test("A module and its core ATen form give PyTorch's numbers")
    func coreForms() throws {
        guard getenv("REGLAZE_CORE_FORMS") != nil else { return }
        guard let python = try PyTorchProcess.find() else { return }
        try python.withFolder { folder in
            let listing = "\(folder)/names.txt"
            try python.run("Tests/LoweringTests/Core/core_aten.py", "'\(folder)' > '\(listing)'")
            let names = try PyTorchProcess.lines(of: listing)
            #expect(names.count > 25)
            for name in names {
                for form in [".pt2", ".core.pt2"] {
                    do {
                        let call = try CapturedCall(program: "\(folder)/\(name)\(form)", call: "\(folder)/\(name).safetensors")
                        for (found, wanted) in try call.run() {
                            #expect(found.type == wanted.type, "\(name)\(form)")
                            #expect(relativeError(found.doubles, wanted.doubles) <= 1e-5, "\(name)\(form)")
                        }
                    } catch { Issue.record("\(name)\(form): \(error)") }
                }
            }
        }
    }
}
