-- Opens a package with an empty build cache and writes what the command line and the statusline
-- said meanwhile, with the seconds since the file was opened, to $PROBE_OUT.
local seen = { told = {}, status = {} }
vim.opt.runtimepath:append(vim.env.PROBE_PLUGIN)
vim.cmd('runtime! plugin/golsp_mem.lua')
vim.lsp.config('golsp_mem', { cmd = { vim.env.PROBE_SERVER, 'serve' } })
vim.lsp.enable('golsp_mem')
local began = vim.uv.hrtime()
local echo = vim.api.nvim_echo
vim.api.nvim_echo = function(chunks, ...)
  table.insert(seen.told, { (vim.uv.hrtime() - began) / 1e9, chunks[1][1] })
  return echo(chunks, ...)
end
vim.cmd.edit(vim.env.PROBE_FILE)
local ended = vim.wait(60000, function()
  local status = require('golsp_mem').status()
  if seen.status[#seen.status] ~= status then
    table.insert(seen.status, status)
  end
  return (vim.b.golsp_mem or {}).state == 'idle'
end, 20)
seen.error = not ended and 'no end of the first build' or nil
seen.first = (vim.uv.hrtime() - began) / 1e9
local file = assert(io.open(vim.env.PROBE_OUT, 'w'))
file:write(vim.json.encode(seen))
file:close()
vim.cmd('qall!')
