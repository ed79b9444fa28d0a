"""Ways to damage files of every kind that is read."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np

HOSTILE = (
    0, -1, 1, 2, 3, 2**15, 10**6, 2**27, 2**31, 10**9, 10**12, 2**63, 2**64, -(2**63), 1e30, -0.5,
    True, None, "", "relu", "Lambda", "..", "/dev/zero", "os", [], {}, [0], [[]], [10**9, 10**9],
    {"class_name": "__lambda__", "config": {"value": "e"}},
    {"class_name": "function", "config": "system", "module": "os", "registered_name": "system"},
)  # fmt: skip
"""What takes the place of a value in a structure."""


WORDS = (b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0" * 8, b"\xff" * 8, b"\x01\0\0\0")
"""Numbers at the edges of their types, which take the place of bytes."""


def bytes_damaged(content, rng):
    """Change a few bytes: flip, overwrite, cut, repeat or leave out."""
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        if not content:
            break
        place = rng.randrange(len(content))
        kind = rng.randrange(8)
        if kind < 3:
            content[place] ^= 1 << rng.randrange(8)
        elif kind == 3:
            content[place] = rng.randrange(256)
        elif kind == 4:
            word = rng.choice(WORDS)
            content[place : place + len(word)] = word
        elif kind == 5:
            del content[place : place + rng.choice((1, 4, 64))]
        elif kind == 6:
            content[place:place] = content[place : place + rng.choice((1, 4, 64))]
        elif rng.random() < 0.3:
            del content[place:]
    return bytes(content)


def structure_damaged(value, rng):
    """Change one value somewhere in JSON material."""
    places = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        keys = item if isinstance(item, dict) else range(len(item))
        for key in keys:
            places.append((item, key))
            if isinstance(item[key], (dict, list)):
                waiting.append(item[key])
    for _ in range(rng.choice((1, 1, 2))):
        item, key = rng.choice(places)
        if rng.random() < 0.15:
            item[key] = rng.choice([other[name] for other, name in places])
        else:
            item[key] = rng.choice(HOSTILE)
    return value


def json_damaged(content, rng):
    try:
        return json.dumps(structure_damaged(json.loads(content), rng)).encode()
    except (ValueError, RecursionError):  # A value that was put into itself.
        return content


def npy_damaged(content, rng):
    """Change the head of an array file."""
    swaps = (
        ("<f4", rng.choice(("<U0", "|O", "|V0", "<f2", "<i8", "<c16", "|S0", ">f4", "[]", "<U9"))),
        ("False", rng.choice(("True", "3", "None", "[]"))),
        ("(", rng.choice(("(10**9, ", "(1000000000, ", "(0, ", "(-1, ", "(", "((", "(1.5, "))),
        ("}", rng.choice(("", "}}", ", 'x': 1}", "\n"))),
    )
    head, sep, rest = content.partition(b"\n")
    old, new = rng.choice(swaps)
    changed = head.replace(old.encode(), new.encode(), 1)
    size = len(head) if rng.random() < 0.3 else len(changed)
    return changed[:8] + (size - 9).to_bytes(2, "little") + changed[10:] + sep + rest


def member_damaged(content, rng):
    """Change one member of an archive, which keeps its checksums right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    if name.endswith(".json") and rng.random() < 0.8:
        members[name] = json_damaged(members[name], rng)
    elif name.endswith(".npy") and rng.random() < 0.6:
        members[name] = npy_damaged(members[name], rng)
    else:
        members[name] = bytes_damaged(members[name], rng)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in members.items():
            archive.writestr(key, value)
    return buffer.getvalue()


def snn_damaged(content, rng):
    """Change one value or array of a saved network or run; the checksum is made right again."""
    from workbench.network.layer import frozen
    from workbench.network.serialize import decode, digest

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    part = "run" if "run.json" in members else "network"
    header = json.loads(members.pop(f"{part}.json"))
    arrays = [np.load(io.BytesIO(members[f"arrays/{i}.npy"])) for i in range(len(members))]
    if arrays and rng.random() < 0.3:
        index = rng.randrange(len(arrays))
        change = rng.choice(
            (
                lambda a: a.astype(rng.choice(("f2", "f4", "f8", "i1", "i8", "?"))),
                lambda a: a.reshape(-1),
                lambda a: a[..., None],
                lambda a: a * rng.choice((0, -1, 2**20, 2**40)),
                lambda a: a[:0],
                lambda a: np.full(a.shape, rng.choice((np.nan, np.inf, -1, 1e30))),
            )
        )
        arrays[index] = change(arrays[index])
    else:
        structure_damaged(header[part], rng)
    shared = [frozen(array) for array in arrays]
    header["digest"] = digest(decode(header[part], shared))
    members = {f"{part}.json": json.dumps(header).encode()}
    for index, array in enumerate(arrays):
        buffer = io.BytesIO()
        np.save(buffer, array)
        members[f"arrays/{index}.npy"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name, value)
    return buffer.getvalue()


def onnx_damaged(content, rng):
    """Change one number of a model's structure."""
    import onnx

    model = onnx.load_from_string(content)
    graph = model.graph
    number = rng.choice((0, -1, 1, 2, 3, 7, 1000, 2**27, 2**31 - 1, 10**9, 10**12, 2**62))
    kind = rng.randrange(7)
    tensor, node = rng.choice(graph.initializer), rng.choice(graph.node)
    if kind == 0 and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = number
    elif kind == 1:
        tensor.data_type = rng.randrange(25)
    elif kind == 2:
        array = onnx.numpy_helper.to_array(tensor)
        new = np.full(array.shape, rng.choice((0, -1, number)), rng.choice(("f4", "i8", "f8")))
        tensor.CopyFrom(onnx.numpy_helper.from_array(new, tensor.name))
    elif kind == 3 and node.attribute:
        attribute = rng.choice(node.attribute)
        if attribute.ints:
            attribute.ints[rng.randrange(len(attribute.ints))] = number
        else:
            attribute.i = number
    elif kind == 4:
        node.op_type = rng.choice(("Add", "Reshape", "Gather", "Pad", "Tile", "Conv", "Expand"))
    elif kind == 5:
        shape = graph.input[0].type.tensor_type.shape.dim
        shape[rng.randrange(len(shape))].dim_value = number
    elif node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice(
            [*(value.name for value in graph.initializer), "x", "nowhere", ""]
        )
    return model.SerializeToString()


def hdf5_damaged(content, rng):
    """Change one dataset or attribute of an HDF5 file."""
    import h5py

    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as file:
        names = []
        file.visit(names.append)
        name = rng.choice(sorted(names))
        item = file[name]
        kind = rng.randrange(6)
        if kind == 0:
            del file[name]
        elif kind == 1:
            parent = item.parent
            parent["again"] = file[rng.choice(("/", *sorted(names)))]
        elif kind == 2 and "model_config" in file.attrs:
            config = file.attrs["model_config"]
            text = config.encode() if isinstance(config, str) else bytes(config)
            file.attrs["model_config"] = json_damaged(text, rng).decode()
        elif isinstance(item, h5py.Dataset):
            del file[name]
            if kind == 3:
                shape = rng.choice(((10**6, 10**6), (0,), (), (2, 3), (1000, 1000)))
                file.create_dataset(name, shape, rng.choice(("f4", "i8", "f2")))
            elif kind == 4:
                value = rng.choice((0, -1, 10**9, b"IF", b"Scale", b"NIRGraph", 1.5, np.nan))
                file[name] = value if rng.random() < 0.5 else np.full((3,), value)
            else:
                file[name] = rng.choice((h5py.SoftLink("/"), h5py.ExternalLink("other", "/")))
        else:
            for key in item.attrs:
                item.attrs[key] = rng.choice((0, b"", "x", np.zeros(3)))
    return buffer.getvalue()


LINES = (
    "[]",
    "=",
    "1e999",
    "-1",
    "nan",
    "'",
    '"""',
    "{'a': [",
    "%(x)s",
    "$" * 9,
    "\0",
    "é",
    "(" * 99,
)


def text_damaged(content, rng):
    """Change what a line of a text file sets, or the line."""
    lines = content.decode("utf-8", "replace").splitlines()
    place = rng.randrange(len(lines))
    name, sign, _ = lines[place].partition("=")
    value = rng.choice((repr(rng.choice(HOSTILE)), rng.choice(LINES), rng.choice(lines)))
    lines[place] = f"{name}{sign}{value}" if sign and rng.random() < 0.8 else value
    return "\n".join(lines).encode()


WAYS = {
    ".keras": (bytes_damaged, member_damaged, member_damaged),
    ".h5": (bytes_damaged, hdf5_damaged, hdf5_damaged),
    ".json": (bytes_damaged, json_damaged, json_damaged),
    ".onnx": (bytes_damaged, onnx_damaged, onnx_damaged),
    ".nir": (bytes_damaged, hdf5_damaged, hdf5_damaged),
    ".snn": (bytes_damaged, member_damaged, snn_damaged, snn_damaged, snn_damaged),
    ".zip": (bytes_damaged, member_damaged, snn_damaged, snn_damaged, snn_damaged),
    ".npz": (bytes_damaged, member_damaged, member_damaged),
    ".npy": (bytes_damaged, npy_damaged, npy_damaged),
    ".ini": (bytes_damaged, text_damaged, text_damaged, text_damaged),
    ".toml": (bytes_damaged, text_damaged, text_damaged),
}
"""By ending; other files have their bytes changed."""


def damaged(path, content, rng):
    """Return the content of a file, damaged in one of the ways of its kind."""
    way = rng.choice(WAYS.get(Path(path).suffix, (bytes_damaged,)))
    try:
        return way(content, rng)
    except Exception:  # The file that was to be changed in form is no longer one.
        return bytes_damaged(content, rng)
