import Machine
import Simulation
import Testing

/// SCALE-Sim's reports, row by row: the cycle model without overlap is exact or wrong.
@Suite struct ScaleSimTests {
    struct Row {
        let name: String
        let product: MatrixProduct
        let array: Int
        let dataflow: Dataflow
        let totalCycles: Int
        let mappingPercent: Double
        let reads: Int
        let writes: Int
    }

    @Test func `Every OS and WS row of the table has exactly SCALE-Sim's cycles, folds, reads and writes`() throws {
        let rows = try Self.rows()
        for row in rows {
            let folds = ArrayFolds(row.product, arrayRows: row.array, arrayColumns: row.array, dataflow: row.dataflow)
            #expect(folds.cycles() == row.totalCycles + 1, "\(row.name)")
            #expect(abs(folds.mappingEfficiency * 100 - row.mappingPercent) < 1e-3, "\(row.name)")
            #expect(folds.onChipReads == row.reads, "\(row.name)")
            let surplus = row.dataflow == .outputStationary ? folds.folds * 2 * row.array : 0
            #expect(folds.onChipWrites == row.writes - surplus, "\(row.name)")
        }
    }

    @Test func `The command's cost of a row is the closed form, whatever the shape is called`() throws {
        for row in try Self.rows() {
            let shape = OperatorShape.gemm(rows: row.product.rows, depth: row.product.depth, columns: row.product.columns)
            let cost = try OperatorCost(
                shape, on: .headset, element: .i8, mode: .noOverlap, array: (row.array, row.array), dataflow: row.dataflow)
            #expect(cost.computeCycles == row.totalCycles + 1)
        }
        // ResNet-50's first layer as a convolution is its im2col product.
        let convolution = ConvolutionShape(
            batch: 1, channels: 3, height: 224, width: 224, outputChannels: 64, kernelHeight: 7, kernelWidth: 7, stride: 2, padding: 3)
        #expect(OperatorShape.convolution(convolution).product == MatrixProduct(rows: 12544, depth: 147, columns: 64))
    }

    @Test func `Overlapped cycles lie between the MACs' bound and the sum without overlap, and equal it for one fold`() throws {
        for row in try Self.rows() where row.dataflow == .weightStationary {
            let folds = ArrayFolds(row.product, arrayRows: row.array, arrayColumns: row.array, dataflow: row.dataflow)
            let bound = (row.product.macs + row.array * row.array - 1) / (row.array * row.array)
            #expect(folds.overlappedCycles() >= bound, "\(row.name)")
            #expect(folds.overlappedCycles() <= folds.cycles(), "\(row.name)")
            if folds.folds == 1 { #expect(folds.overlappedCycles() == folds.cycles(), "\(row.name)") }
        }
    }

    @Test func `A type that the target does not multiply is refused by name`() {
        #expect(throws: (any Error).self) {
            try OperatorCost(.gemm(rows: 1, depth: 1, columns: 1), on: .glasses, element: .f32, mode: .overlap)
        }
    }

    static func rows() throws -> [Row] {
        let text = try Table.text(beside: #filePath, "Reference/scalesim_compute.csv")
        // The table's lines end in CR LF, which is one Character.
        var lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let header = lines.removeFirst().map(String.init)
        func column(_ name: String) throws -> Int { try #require(header.firstIndex(of: name)) }
        let (net, layer, rows, depth, columns) = (try column("net"), try column("layer"), try column("M"), try column("K"), try column("N"))
        let (array, dataflow, cycles) = (try column("array"), try column("dataflow"), try column("total_cycles"))
        let (mapping, first) = (try column("mapping_eff_pct"), try column("ifmap_sram_reads"))
        let table: [Row] = try lines.compactMap { fields in
            guard let flow = Dataflow(rawValue: String(fields[dataflow])) else { return nil }
            func int(_ column: Int) throws -> Int { try #require(Int(fields[column])) }
            return Row(
                name: "\(fields[net]) \(fields[layer]) \(fields[array]) \(flow.rawValue)",
                product: MatrixProduct(rows: try int(rows), depth: try int(depth), columns: try int(columns)), array: try int(array),
                dataflow: flow, totalCycles: try int(cycles), mappingPercent: try #require(Double(fields[mapping])),
                reads: try int(first) + int(first + 1), writes: try int(first + 2))
        }
        try #require(table.count == 396, "186 output-stationary and 210 weight-stationary rows: without them the tests say nothing")
        return table
    }
}
