import Testing

/// The switches for people who work on Reglaze.
@Suite struct DeveloperSwitchTests {
    private func command() throws -> Command {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        return command
    }

    @Test(arguments: [
        ("imported", "conv2d"), ("partitioned", "subgraph "), ("optimised", "recipe from"), ("kernelIR", "kernel "),
        ("machineCode", "halt"),
        ("linked", "sram"),
    ])
    func `The text after a phase is printed beside the result`(phase: String, word: String) throws {
        let result = try command().run("build model.pt2 --target headset --json --print-after \(phase)")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains(word), "\(result.errors)")
        #expect(result.output.hasPrefix("{") && result.output.split(separator: "\n").count == 1)
    }

    @Test func `The kernels' stage shows the request and the kernel IR made of it`() throws {
        let result = try command().run("inspect model.pt2 --target headset --stage kernels")
        #expect(result.status == 0, "\(result.errors)")
        for word in ["contraction", "workspace ", "buffer "] { #expect(result.output.contains(word), "\(word)") }
    }

    @Test func `The verifiers find nothing in a program that is built`() throws {
        let result = try command().run("build model.pt2 --target headset --verify-each")
        #expect(result.status == 0, "\(result.errors)")
        #expect(!result.errors.contains("error["), "\(result.errors)")
    }

    @Test func `The log shows what the engine does, by level and area`() throws {
        let command = try command()
        let all = try command.run("build model.pt2 --target headset --cache-dir a", environment: "REGLAZE_LOG=info")
        #expect(all.errors.contains("info GenerateKernel ") && all.errors.contains("info ImportProgram "), "\(all.errors)")
        #expect(!all.errors.contains("debug "))
        let one = try command.run("build model.pt2 --target headset --cache-dir b", environment: "REGLAZE_LOG=off,importprogram=debug")
        #expect(one.errors.contains("debug ImportProgram ") && !one.errors.contains("GenerateKernel"), "\(one.errors)")
        for mistake in ["loud", "info,nothing=debug", "a=b=c"] {
            let result = try command.run("build model.pt2 --target headset", environment: "REGLAZE_LOG=\(mistake)")
            #expect(result.status == 2 && result.errors.contains("W010"), "\(mistake): \(result.errors)")
        }
    }
}
