import Testing

/// `weights` of a model: a checkpoint takes the place of the program's weights.
@Suite struct WeightsTests {
    private func manifest(_ program: String, _ weights: String?) -> String {
        "[workspace]\ntargets = [\"headset\"]\n[models.m]\nprogram = \"\(program)\"\n" + (weights.map { "weights = \"\($0)\"\n" } ?? "")
    }

    private func command(_ files: [String]) throws -> Command {
        let command = try Command()
        for file in files { try command.write(command.fixture(file), to: file) }
        return command
    }

    @Test(
        arguments: ["older.pt2", "older.absent.pt2", "older.torch2.5.pt2"], ["older.reweighted.pt", "older.reweighted.weights.safetensors"])
    func `A checkpoint gives the numbers of its weights`(_ program: String, _ weights: String) throws {
        let command = try command([program, weights, "older.reweighted.safetensors"])
        try command.write(manifest(program, weights), to: "reglaze.toml")
        let result = try command.run("run m --check --reference older.reweighted.safetensors")
        #expect(result.status == 0, "\(result.errors)\(result.output)")
    }

    @Test func `New weights by a checkpoint compile no kernel, and removing it brings the old numbers back`() throws {
        let command = try command(["older.pt2", "older.reweighted.pt", "older.safetensors", "older.reweighted.safetensors"])
        try command.write(manifest("older.pt2", nil), to: "reglaze.toml")
        #expect(try command.run("build --json").output.contains("\"compiled\":0") == false)
        try command.write(manifest("older.pt2", "older.reweighted.pt"), to: "reglaze.toml")
        let refitted = try command.run("build --json")
        #expect(refitted.status == 0 && refitted.output.contains("\"compiled\":0"), "\(refitted.output)")
        #expect(try command.run("run m --check --reference older.reweighted.safetensors").status == 0)
        #expect(try command.run("run m --check --reference older.safetensors").status == 3)
        try command.write(command.fixture("older.reweighted.weights.safetensors"), to: "older.reweighted.pt")
        #expect(try command.run("build --json").output.contains("\"compiled\":0"))
        try command.write(manifest("older.pt2", nil), to: "reglaze.toml")
        #expect(try command.run("run m --check --reference older.safetensors").status == 0)
    }

    @Test func `A program without its weights asks for a checkpoint, and one that does not fit is told in one diagnostic`() throws {
        let command = try command(["older.absent.pt2", "older.reweighted.safetensors"])
        for (weights, code, words) in [
            (nil, "I027", ["convolution.weight", "reglaze.toml"]),
            ("older.reweighted.safetensors", "I028", ["missing: convolution.weight", "not in the program: input.0"]),
            ("gone.safetensors", "I019", ["gone.safetensors"]),
            ("older.absent.pt2", "I008", ["data.pkl"]),
        ] as [(String?, String, [String])] {
            try command.write(manifest("older.absent.pt2", weights), to: "reglaze.toml")
            let result = try command.run("build")
            #expect(result.status == 1, "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("error[") } == 1, "\(result.errors)")
            for word in words + ["error[\(code)]"] { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
        }
    }
}
