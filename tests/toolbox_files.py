"""Configuration files of snn_toolbox."""

from workbench.ingest.snn_toolbox import from_snn_toolbox

DEFAULTS = """
[paths]
path_wd =
dataset_path =
log_dir_of_current_run =
runlabel = test
filename_ann = net
filename_parsed_model =
filename_snn =
filename_clamp_indices =
filepath_custom_objects =
class_idx_path =
[input]
model_lib = keras
dataset_format = npz
datagen_kwargs = {}
dataflow_kwargs = {}
poisson_input = False
input_rate = 1000
num_poisson_events_per_sample = -1
num_dvs_events_per_sample = 2000
eventframe_width = 10
label_dict = {}
chip_size = None
frame_gen_method =
is_x_first =
is_x_flipped =
is_y_flipped =
maxpool_subsampling = True
do_clip_three_sigma = True
keras_dataset =
[tools]
evaluate_ann = True
parse = True
normalize = True
convert = True
simulate = True
serialise_only = False
[normalization]
percentile = 99.9
normalization_schedule = False
online_normalization = False
diff_to_max_rate = 200
diff_to_min_rate = 100
timestep_fraction = 10
[conversion]
softmax_to_relu = False
maxpool_type = fir_max
max2avg_pool = False
spike_code = temporal_mean_rate
num_bits = 32
[simulation]
simulator = INI
duration = 200
dt = 1
batch_size = 1
num_to_test = 1
sample_idxs_to_test = []
reset_between_nth_sample = 1
top_k = 1
keras_backend = tensorflow
early_stopping = False
[spinnaker]
number_of_neurons_per_core = 64
[cell]
v_thresh = 1
tau_refrac = 0
v_reset = 0
v_rest = 0
cm = 1
tau_m = 1000
tau_syn_E = 0.01
tau_syn_I = 0.01
delay = 0
binarize_weights = False
quantize_weights = False
scaling_factor = 10000000
payloads = False
reset = Reset by subtraction
leak = False
bias_relaxation = False
[parameter_sweep]
param_values = []
param_name = v_thresh
param_logscale = False
[output]
log_vars = {}
plot_vars = {}
verbose = 1
overwrite = True
use_simple_labels = True
"""
"""Every key of snn_toolbox 0.6 with the value that it takes where a file leaves it out."""


def with_files(folder):
    """A folder with files of the right names; reading a configuration opens none of them."""
    for name in ("net.h5", "x_test.npz", "y_test.npz", "x_norm.npz"):
        (folder / name).touch()
    return folder


def read(folder, text="", paths="filename_ann = net"):
    """The configuration of a text, whose [paths] come first."""
    path = folder / "config.ini"
    path.write_text(f"[paths]\n{paths}\n{text}", "utf-8")
    return from_snn_toolbox(path)


def line(job, key):
    return next(line for line in job.lines if line.key == key)
