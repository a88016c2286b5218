"""Writes the fixtures of this folder and those of MLLM605x, with Python's own pickler and the names that torch uses.

Needs no torch: classes of the same names stand in for it. Not run by the tests; `python3 make.py` rewrites the files.
"""
import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

HERE = os.path.dirname(os.path.abspath(__file__))
MAGIC = 0x1950A86A20F9469CFC6C

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
torch._utils = utils


def named(module, name):
    """A class or function that pickles as module.name."""
    made = type(name, (), {"__module__": module.__name__})
    setattr(module, name, made)
    return made


PACK = {"Float": "f", "Double": "d", "Half": "e", "Long": "q", "Int": "i", "Short": "h", "Char": "b", "Byte": "B", "Bool": "?"}
SIZE = {**{k: struct.calcsize(v) for k, v in PACK.items()}, "BFloat16": 2, "ComplexDouble": 16}
CLASSES = {k: named(torch, k + "Storage") for k in SIZE}


def rebuilder(name):
    def rebuild(*_):
        pass

    rebuild.__name__ = rebuild.__qualname__ = name
    rebuild.__module__ = "torch._utils"
    setattr(utils, name, rebuild)
    return rebuild


REBUILD_V1, REBUILD_V2, REBUILD_PARAMETER = map(rebuilder, ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"))


class Size(tuple):
    def __reduce__(self):
        return Size, (tuple(self),)


Size.__module__ = "torch"
torch.Size = Size


class Storage:
    """Numbers of one type: as many as `count`, from `first` on upwards."""

    def __init__(self, kind, count, first=0):
        self.kind, self.count = kind, count
        self.numbers = [(first + i) % 2 if kind == "Bool" else first + i for i in range(count)]

    def raw(self, order="<"):
        if self.kind == "BFloat16":
            return b"".join(struct.pack(order + "H", struct.unpack("<I", struct.pack("<f", n))[0] >> 16) for n in self.numbers)
        if self.kind == "ComplexDouble":
            return b"\0" * 16 * self.count
        return struct.pack(f"{order}{self.count}{PACK[self.kind]}", *self.numbers)


class Tensor:
    def __init__(self, storage, shape, strides=None, offset=0, rebuild="v2"):
        self.storage, self.shape, self.offset, self.rebuild = storage, tuple(shape), offset, rebuild
        self.strides = strides
        if strides is None:
            step, self.strides = 1, []
            for size in reversed(self.shape):
                self.strides.insert(0, step)
                step *= size
        self.strides = tuple(self.strides)

    def __reduce__(self):
        view = (self.storage, self.offset, self.shape, self.strides)
        return (REBUILD_V1, view) if self.rebuild == "v1" else (REBUILD_V2, view + (False, OrderedDict()))


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return REBUILD_PARAMETER, (self.tensor, True, OrderedDict())


class Pickler(pickle.Pickler):
    def __init__(self, stream, protocol, legacy):
        super().__init__(stream, protocol)
        self.legacy, self.keys, self.storages = legacy, {}, []

    def persistent_id(self, saved):
        if not isinstance(saved, Storage):
            return None
        if id(saved) not in self.keys:
            self.keys[id(saved)] = str(len(self.keys))
            self.storages.append(saved)
        key = self.keys[id(saved)]
        return ("storage", CLASSES[saved.kind], key, "cpu", saved.count) + ((None,) if self.legacy else ())


def pickled(saved, protocol=2, legacy=False):
    stream = io.BytesIO()
    pickler = Pickler(stream, protocol, legacy)
    pickler.dump(saved)
    return stream.getvalue(), pickler.storages


def archive(entries, compressed=()):
    """A zip archive whose contents begin at multiples of 64 bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            start = stream.tell() + 30 + len(name)
            padding = -(start + 4) % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            info.compress_type = zipfile.ZIP_DEFLATED if name in compressed else zipfile.ZIP_STORED
            out.writestr(info, content)
    return stream.getvalue()


def zipped(saved, protocol=2, order="little", compressed=()):
    data, storages = pickled(saved, protocol)
    sign = "<" if order == "little" else ">"
    parts = [(f"archive/data/{i}", s.raw(sign)) for i, s in enumerate(storages)]
    return archive([("archive/data.pkl", data), ("archive/byteorder", order.encode()), *parts, ("archive/version", b"3\n")], compressed)


def legacy(saved, protocol=2):
    facts = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    data, storages = pickled(saved, protocol, legacy=True)
    head = b"".join(pickle.dumps(v, protocol) for v in (MAGIC, 1001, facts)) + data
    head += pickle.dumps([str(i) for i in range(len(storages))], protocol)
    return head + b"".join(struct.pack("<q", s.count) + s.raw() for s in storages)


def everything():
    state = OrderedDict((kind.lower(), Tensor(Storage(kind, 6), (2, 3))) for kind in [*PACK, "BFloat16"])
    shared = Storage("Float", 24)
    state["tied.a"] = Tensor(shared, (4, 6))
    state["tied.b"] = Tensor(shared, (4, 6))
    state["transposed"] = Tensor(shared, (6, 4), (1, 6))
    state["rows"] = Tensor(shared, (2, 6), offset=12)
    state["columns"] = Tensor(shared, (4, 2), (6, 1), offset=3)
    state["repeated"] = Tensor(shared, (3, 2), (0, 1), offset=5)
    state["permuted"] = Tensor(shared, (2, 4, 3), (1, 6, 2))
    state["scalar"] = Tensor(shared, (), offset=7)
    state["empty"] = Tensor(Storage("Half", 0), (0, 5))
    state["parameter"] = Parameter(Tensor(Storage("Half", 4, 10), (2, 2)))
    state["first.version"] = Tensor(Storage("Int", 3, 5), Size((3,)), rebuild="v1")
    state._metadata = OrderedDict({"": {"version": 1}})
    return state


def trained():
    step = {"step": 7, "exp_avg": Tensor(Storage("Float", 2), (2,))}
    model = OrderedDict([("module.lm.weight", Tensor(Storage("Float", 6), (2, 3))), ("module.lm.count", 3)])
    beside = {"epoch": 3, "lr": 1e-4, "name": "run \u00e9", "raw": b"\x00\xff", "done": True, "none": None, "set": {1, 2}, "big": 1 << 70}
    return {"optimizer": {"state": {0: step}, "param_groups": [{"betas": (0.9, 0.999)}]}, "model": model, **beside}


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/was-here",)


def write(name, content):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(content)


def main():
    write("everything.pt", zipped(everything()))
    write("everything-legacy.pt", legacy(everything()))
    write("everything-big-endian.pt", zipped(everything(), order="big"))
    for protocol in (1, 2, 3, 4, 5):
        write(f"trained-protocol-{protocol}.pth", zipped(trained(), protocol))
    write("trained-legacy.pth", legacy(trained(), 2))

    weight = {"weight": Tensor(Storage("Float", 6), (2, 3))}
    write("../MLLM6050.bin", zipped({**weight, "epoch": Evil()}))
    write("../MLLM6051.bin", archive([("archive/data.pkl", pickled(weight)[0][:-20]), ("archive/data/0", Storage("Float", 6).raw())]))
    text = b"c_codecs\nencode\nq\x00X\x00\x30\x00\x00" + b"a" * 0x3000 + b"X\x06\x00\x00\x00latin1\x86q\x01"
    write("../MLLM6052.bin", archive([("archive/data.pkl", b"\x80\x02" + text + b"h\x00h\x01R0" * 1700 + b"00N.")]))
    write("../MLLM6053.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 6\n")
    write("../MLLM6054.bin", zipped(weight)[:-30])
    write("../MLLM6055.bin", zipped(weight, compressed=["archive/data.pkl"]))
    write("../MLLM6056.bin", archive([("archive/data.pkl", pickled(weight)[0])]))
    write("../MLLM6057.bin", zipped({"weight": Tensor(Storage("Float", 6), (2, 3), (4, 1))}))
    write("../MLLM6058.bin", zipped({"epoch": 3, "optimizer": {"step": 7}}))
    doubled = pickled(weight)[0].replace(b"X\x06\x00\x00\x00weight", b"X\x06\x00\x00\x00weightK\x00sX\x06\x00\x00\x00weight")
    write("../MLLM6059.bin", archive([("archive/data.pkl", doubled), ("archive/data/0", Storage("Float", 6).raw())]))
    write("../MLLM6060.bin", zipped({"weight": Tensor(Storage("ComplexDouble", 6), (2, 3))}))


if __name__ == "__main__":
    main()
