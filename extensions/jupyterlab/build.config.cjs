// The builder's numbers of modules come from their places on this machine; those in the order of
// use are the same everywhere, so that the committed output can be compared with a new one.
module.exports = { optimization: { moduleIds: 'natural' } };
